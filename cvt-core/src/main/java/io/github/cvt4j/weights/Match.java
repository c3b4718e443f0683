package io.github.cvt4j.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a checkpoint has and a model needs, side by side. Loading is strict: whatever differs is an
 * error unless the caller named it.
 */
public final class Match {

  /** More lines than these are counted, not shown. */
  private static final int SHOWN = 20;

  private Match() {}

  /**
   * The tensors to load.
   *
   * @param expected names and shapes of the model; names that end in {@code num_batches_tracked}
   *     are integers, all others floats
   * @param given a checkpoint under the same names
   * @param allow patterns of names, {@code *} standing for anything, that may be missing,
   *     unexpected or of another shape; they are left out of the result
   * @throws CheckpointException whose first line counts what differs; a line each follows, - for
   *     what the checkpoint lacks, + for what it has and the model does not take
   */
  public static Map<String, HostTensor> strict(
      Map<String, long[]> expected, StateDict given, List<String> allow) {
    Map<String, HostTensor> result = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    List<String> misfit = new ArrayList<>();
    List<String> unexpected = new ArrayList<>();
    expected.forEach(
        (name, shape) -> {
          HostTensor tensor = given.tensors().get(name);
          if (tensor == null) {
            if (!allowed(name, allow)) {
              missing.add("- %s %s".formatted(name, Arrays.toString(shape)));
            }
          } else if (!tensor.hasShape(shape) || tensor.dtype().isFloat() == isCounter(name)) {
            if (!allowed(name, allow)) {
              misfit.add("- %s %s".formatted(name, describe(name, shape)));
              misfit.add("+ %s %s".formatted(name, tensor));
            }
          } else {
            result.put(name, tensor);
          }
        });
    given
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (!expected.containsKey(name) && !allowed(name, allow)) {
                unexpected.add("+ %s %s".formatted(name, Arrays.toString(tensor.shape())));
              }
            });
    if (!missing.isEmpty() || !misfit.isEmpty() || !unexpected.isEmpty()) {
      throw new CheckpointException(report(missing, misfit, unexpected));
    }
    return result;
  }

  private static boolean isCounter(String name) {
    return name.endsWith(".num_batches_tracked");
  }

  private static String describe(String name, long[] shape) {
    return (isCounter(name) ? "integer" : "float") + Arrays.toString(shape);
  }

  /** Whether one of the patterns is this name; in a pattern {@code *} stands for anything. */
  public static boolean allowed(String name, List<String> allow) {
    return allow.stream()
        .anyMatch(
            pattern ->
                Pattern.matches(
                    Arrays.stream(pattern.split("\\*", -1))
                        .map(Pattern::quote)
                        .reduce((a, b) -> a + ".*" + b)
                        .orElse(""),
                    name));
  }

  private static String report(List<String> missing, List<String> misfit, List<String> unexpected) {
    StringBuilder text =
        new StringBuilder(
            "the weights are not this model's: %d missing, %d unexpected, %d of another shape or type"
                .formatted(missing.size(), unexpected.size(), misfit.size() / 2));
    List<String> lines = new ArrayList<>(missing);
    lines.addAll(misfit);
    lines.addAll(unexpected);
    if (lines.stream().allMatch(line -> line.substring(2).startsWith("head."))) {
      text.append("; allow 'head.*' if the classes are others on purpose");
    }
    lines.stream().limit(SHOWN).forEach(line -> text.append("\n  ").append(line));
    if (lines.size() > SHOWN) {
      text.append("\n  and ").append(lines.size() - SHOWN).append(" more lines");
    }
    return text.toString();
  }
}
