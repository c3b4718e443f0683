package io.github.cvt4j.weights;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What made a set of weights.
 *
 * @param createdBy program and version
 * @param createdAt ISO 8601, UTC
 * @param source what they came from: a data set, or the checkpoint they were converted from
 * @param recipe the settings of the run as YAML; empty if there was none
 * @param metrics named results, such as {@code val_top1} in percent
 */
public record Provenance(
    String createdBy, String createdAt, String source, String recipe, Map<String, Double> metrics) {

  public Provenance {
    metrics = Map.copyOf(new LinkedHashMap<>(metrics));
  }

  /** Nothing is known. */
  public static final Provenance UNKNOWN = new Provenance("", "", "", "", Map.of());
}
