package io.github.cvt4j.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Preprocess;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model in one file: safetensors with microsoft's names, whose metadata says the rest as JSON, so
 * that nothing else is needed to use it.
 *
 * @param spec the network
 * @param preprocess how pictures become its input
 * @param labels names of the classes; empty if unknown
 * @param provenance what made the weights
 * @param weights tensors under microsoft's names
 */
public record ModelFile(
    CvtSpec spec,
    Preprocess preprocess,
    List<String> labels,
    Provenance provenance,
    StateDict weights) {

  private static final String FORMAT = "cvt4j.format";
  private static final String FORMAT_VERSION = "1";
  private static final String SPEC = "cvt4j.spec";
  private static final String PREPROCESS = "cvt4j.preprocess";
  private static final String LABELS = "cvt4j.labels";
  private static final String PROVENANCE = "cvt4j.provenance";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  public ModelFile {
    labels = List.copyOf(labels);
    if (!labels.isEmpty() && labels.size() != spec.numClasses()) {
      throw new CheckpointException(
          "%d labels for %d classes: expected one each"
              .formatted(labels.size(), spec.numClasses()));
    }
  }

  /**
   * What a checkpoint says of itself.
   *
   * @return empty if it is not one of ours
   * @throws CheckpointException if it is, and what it says is damaged
   */
  public static Optional<ModelFile> of(StateDict state) {
    Map<String, String> metadata = state.metadata();
    String format = metadata.get(FORMAT);
    if (format == null) {
      return Optional.empty();
    }
    if (!format.equals(FORMAT_VERSION)) {
      throw new CheckpointException(
          "checkpoint format %s: this version reads format %s".formatted(format, FORMAT_VERSION));
    }
    return Optional.of(
        new ModelFile(
            parse(metadata, SPEC, new TypeReference<CvtSpec>() {}),
            parse(metadata, PREPROCESS, new TypeReference<Preprocess>() {}),
            parse(metadata, LABELS, new TypeReference<List<String>>() {}),
            parse(metadata, PROVENANCE, new TypeReference<Provenance>() {}),
            state));
  }

  /**
   * Reads one of our checkpoints.
   *
   * @throws CheckpointException if the file is missing, damaged or not one of ours
   */
  public static ModelFile read(Path file) {
    return of(Safetensors.read(file))
        .orElseThrow(
            () ->
                new CheckpointException(
                    file + ": says nothing of its model; expected a checkpoint that cvt4j wrote"));
  }

  /**
   * Writes the file; whatever stood there stays until it is complete.
   *
   * @throws CheckpointException if it cannot be written
   */
  public void write(Path file) {
    Map<String, String> metadata = metadata();
    String quantization = weights.metadata().get(Quantization.METADATA);
    if (quantization != null) {
      metadata.put(Quantization.METADATA, quantization); // the weights' own, as they are
    }
    Safetensors.write(file, weights.withMetadata(metadata));
  }

  /** All but the weights, as a file's metadata: names and JSON. */
  public Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(FORMAT, FORMAT_VERSION);
    metadata.put(SPEC, json(spec));
    metadata.put(PREPROCESS, json(preprocess));
    metadata.put(LABELS, json(labels));
    metadata.put(PROVENANCE, json(provenance));
    return metadata;
  }

  static <T> T parse(Map<String, String> metadata, String key, TypeReference<T> type) {
    String text = metadata.get(key);
    if (text == null) {
      throw new CheckpointException("the checkpoint's metadata lacks " + key);
    }
    try {
      T value = JSON.readValue(text, type);
      if (value == null) {
        throw new CheckpointException(key + " in the checkpoint is null");
      }
      return value;
    } catch (JsonProcessingException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof InvalidInputException known) {
          throw new CheckpointException(key + " in the checkpoint: " + known.getMessage(), e);
        }
      }
      throw new CheckpointException(
          key
              + " in the checkpoint is damaged: "
              + e.getOriginalMessage().lines().findFirst().orElse(""),
          e);
    }
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
