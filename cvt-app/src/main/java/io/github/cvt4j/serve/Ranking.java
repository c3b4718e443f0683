package io.github.cvt4j.serve;

import io.github.cvt4j.infer.Prediction;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Logits as classes with probabilities, as {@link io.github.cvt4j.infer.Classifier} makes them. */
final class Ranking {

  private Ranking() {}

  /**
   * The likeliest classes, likeliest first.
   *
   * @param top how many; all where there are fewer
   * @param labels names of the classes, or empty
   */
  static List<Prediction> of(float[] logits, int top, List<String> labels) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double[] weights = new double[logits.length];
    double sum = 0;
    for (int k = 0; k < logits.length; k++) {
      weights[k] = Math.exp(logits[k] - largest); // no overflow, however large the logits are
      sum += weights[k];
    }
    double all = sum;
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.comparingDouble(k -> -weights[k]))
        .limit(top)
        .map(
            k ->
                new Prediction(
                    k, labels.isEmpty() ? Integer.toString(k) : labels.get(k), weights[k] / all))
        .toList();
  }
}
