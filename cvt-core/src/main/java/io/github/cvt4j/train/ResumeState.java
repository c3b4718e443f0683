package io.github.cvt4j.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Everything that a run needs to go on, in one safetensors file, so that its parts always fit
 * together.
 *
 * @param settings what the run's results depend on, by name
 * @param progress how far it is
 * @param model weights and buffers by name
 * @param averaged the moving average of these; empty if none is kept
 * @param optimizer the optimizer's state by name
 */
record ResumeState(
    Map<String, String> settings,
    Progress progress,
    Map<String, HostTensor> model,
    Map<String, HostTensor> averaged,
    Map<String, HostTensor> optimizer) {

  ResumeState {
    Objects.requireNonNull(settings);
    Objects.requireNonNull(progress);
  }

  private static final String SETTINGS = "settings";
  private static final String PROGRESS = "progress";
  private static final String MODEL = "model.";
  private static final String AVERAGED = "averaged.";
  private static final String OPTIMIZER = "optimizer.";

  private static final ObjectMapper JSON = new ObjectMapper();

  void write(Path file) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    model.forEach((name, tensor) -> tensors.put(MODEL + name, tensor));
    averaged.forEach((name, tensor) -> tensors.put(AVERAGED + name, tensor));
    optimizer.forEach((name, tensor) -> tensors.put(OPTIMIZER + name, tensor));
    Map<String, String> metadata = new LinkedHashMap<>();
    try {
      metadata.put(SETTINGS, JSON.writeValueAsString(settings));
      metadata.put(PROGRESS, JSON.writeValueAsString(progress));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    Safetensors.write(file, new StateDict(tensors, metadata));
  }

  /**
   * Reads a file that {@link #write} made.
   *
   * @throws CheckpointException if it is damaged or of another kind
   */
  static ResumeState read(Path file) {
    StateDict state = Safetensors.read(file);
    try {
      return new ResumeState(
          JSON.readValue(
              metadata(state, SETTINGS, file), new TypeReference<Map<String, String>>() {}),
          JSON.readValue(metadata(state, PROGRESS, file), Progress.class),
          below(MODEL, state),
          below(AVERAGED, state),
          below(OPTIMIZER, state));
    } catch (JsonProcessingException | NullPointerException e) {
      throw new CheckpointException(file + ": its training state is damaged", e);
    }
  }

  private static String metadata(StateDict state, String key, Path file) {
    String text = state.metadata().get(key);
    if (text == null) {
      throw new CheckpointException(file + ": holds no training state (no '" + key + "' in it)");
    }
    return text;
  }

  private static Map<String, HostTensor> below(String prefix, StateDict state) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    state
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(prefix)) {
                tensors.put(name.substring(prefix.length()), tensor);
              }
            });
    return tensors;
  }

  /**
   * Refuses to go on with other settings.
   *
   * @throws TrainException naming the first setting that differs, with both values
   */
  void requireSettings(Map<String, String> wanted, Path file) {
    Set<String> keys = new LinkedHashSet<>(wanted.keySet());
    keys.addAll(settings.keySet());
    for (String key : keys) {
      String before = settings.getOrDefault(key, "not set");
      String now = wanted.getOrDefault(key, "not set");
      if (!before.equals(now)) {
        throw new TrainException(
            "%s: cannot be resumed, %s differs: it was %s, now it is %s%s"
                .formatted(
                    file,
                    key,
                    excerpt(before, now),
                    excerpt(now, before),
                    key.startsWith("rates.schedule")
                        ? "; the end of a run can be moved only where no rate depends on it"
                        : ""));
      }
    }
  }

  /** A text from shortly before where another one differs. */
  private static String excerpt(String text, String other) {
    int differs = 0;
    while (differs < Math.min(text.length(), other.length())
        && text.charAt(differs) == other.charAt(differs)) {
      differs++;
    }
    int from = text.length() <= 80 ? 0 : Math.max(0, differs - 40);
    int to = Math.min(text.length(), from + 80);
    return (from > 0 ? "..." : "") + text.substring(from, to) + (to < text.length() ? "..." : "");
  }
}
