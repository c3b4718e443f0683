package io.github.cvt4j.spec;

import java.util.List;

/**
 * What a name or a file says about a model, whatever format it came in.
 *
 * @param experiment the whole, in microsoft's terms; to be used with {@code train}
 * @param spec the network
 * @param preprocess how it is evaluated
 * @param labels names of the classes in order; empty if unknown
 */
public record ModelConfig(
    Experiment experiment, CvtSpec spec, Preprocess preprocess, List<String> labels) {

  public ModelConfig {
    labels = List.copyOf(labels);
    if (!labels.isEmpty() && labels.size() != spec.numClasses()) {
      throw new SpecException(
          "%d labels: expected one for each of %d classes"
              .formatted(labels.size(), spec.numClasses()));
    }
  }

  /** An experiment's model; its labels are unknown. */
  static ModelConfig of(Experiment experiment) {
    return new ModelConfig(experiment, experiment.spec(), experiment.preprocess(), List.of());
  }

  /** The same with keys overridden; labels are forgotten if the number of classes changes. */
  public ModelConfig with(List<String> overrides) {
    if (overrides.isEmpty()) {
      return this;
    }
    ModelConfig changed = of(experiment.with(overrides));
    boolean kept = changed.spec.numClasses() == spec.numClasses();
    return new ModelConfig(
        changed.experiment, changed.spec, changed.preprocess, kept ? labels : List.of());
  }
}
