package io.github.cvt4j.infer;

import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * One of the classes that a picture may show.
 *
 * @param index the class's number
 * @param label its name, or its number where names are unknown
 * @param probability after softmax over all classes, 0 to 1
 */
public record Prediction(int index, String label, double probability) {

  /**
   * The likeliest classes, likeliest first.
   *
   * @param logits of one picture
   * @param label names a class
   * @param top how many; all where there are fewer
   */
  public static List<Prediction> ranked(float[] logits, IntFunction<String> label, int top) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double shift = largest;
    double[] weights =
        IntStream.range(0, logits.length).mapToDouble(k -> Math.exp(logits[k] - shift)).toArray();
    double sum = IntStream.range(0, logits.length).mapToDouble(k -> weights[k]).sum();
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.comparingDouble(k -> -weights[k]))
        .limit(top)
        .map(k -> new Prediction(k, label.apply(k), weights[k] / sum))
        .toList();
  }
}
