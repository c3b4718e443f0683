package io.github.cvt4j.eval;

import java.util.List;
import java.util.Optional;

/**
 * All that is known of how a model does on labelled pictures.
 *
 * @param metrics accuracy and loss
 * @param real accuracy by reassessed labels, if there were any
 * @param confusion what was taken for what, and accuracy by class
 * @param calibration whether its confidence can be believed
 * @param mistakes the most confident ones, as many as were asked for, worst first
 * @param order set if the classes seem to be in another order than the model's
 */
public record Evaluation(
    Metrics metrics,
    Optional<RealMetrics> real,
    Confusion confusion,
    Calibration calibration,
    List<Mistake> mistakes,
    Optional<ClassOrder> order) {

  public Evaluation {
    mistakes = List.copyOf(mistakes);
  }
}
