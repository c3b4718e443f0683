package io.github.cvt4j.eval;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Signs that the data's classes are in another order than those the model learnt: one class is
 * taken for another nearly always, and that one for a third.
 *
 * @param top1 accuracy in the order as it is, 0 to 1
 * @param reordered accuracy if each class stood for what it is mostly taken for
 * @param label a class of the data that stands wrongly
 * @param predicted what it is mostly taken for
 */
public record ClassOrder(double top1, double reordered, int label, int predicted) {

  /** Fewer pictures may look like anything. */
  private static final int ENOUGH = 50;

  /** What reordering must gain: a weak model mistakes some classes for others too. */
  private static final double GAIN = 0.2;

  private static final double TIMES = 2;

  /**
   * Looks for a better order. It is learnt from one half of the pictures and judged on the other:
   * otherwise any answers to a few pictures of many classes would have an order that explains them.
   *
   * @param learn one half
   * @param judge the other
   * @return empty if the order seems right
   */
  static Optional<ClassOrder> suspect(Confusion learn, Confusion judge) {
    int[] order = assignment(learn);
    long right = 0;
    long reordered = 0;
    long total = 0;
    int worst = -1;
    for (int actual = 0; actual < order.length; actual++) {
      long moved = order[actual] < 0 ? 0 : judge.count(actual, order[actual]);
      right += judge.count(actual, actual);
      reordered += moved;
      total += judge.total(actual);
      boolean wrong = moved > 0 && order[actual] != actual;
      if (wrong && (worst < 0 || moved > judge.count(worst, order[worst]))) {
        worst = actual;
      }
    }
    double now = (double) right / total;
    double then = (double) reordered / total;
    return total >= ENOUGH / 2 && worst >= 0 && then >= now + GAIN && then >= TIMES * now
        ? Optional.of(new ClassOrder(now, then, worst, order[worst]))
        : Optional.empty();
  }

  /**
   * In one line, without an end.
   *
   * @param data names of the data's classes
   * @param map by which they were judged
   * @param labels names of the model's outputs; empty if unknown
   */
  public String describe(List<String> data, ClassMap map, List<String> labels) {
    int output = map.output(predicted);
    return String.format(
        Locale.ROOT,
        "top-1 is about %.1f %%, but would be %.1f %% in another order of the classes: '%s' is mostly"
            + " taken for the model's class %d%s",
        100 * top1,
        100 * reordered,
        data.get(label),
        output,
        labels.isEmpty() ? "" : ", '" + labels.get(output) + "'");
  }

  /**
   * What each class is taken for, no two for the same; -1 where nothing is left. The commonest pair
   * is taken first: at least half as good as the best assignment, and as good where one is clear.
   */
  private static int[] assignment(Confusion confusion) {
    int classes = confusion.classes();
    int[] order = new int[classes];
    Arrays.fill(order, -1);
    boolean[] taken = new boolean[classes];
    List<Map.Entry<Long, Long>> pairs =
        confusion.cells().entrySet().stream()
            .sorted(
                Map.Entry.<Long, Long>comparingByValue()
                    .reversed()
                    .thenComparing(Map.Entry.comparingByKey()))
            .toList();
    for (Map.Entry<Long, Long> pair : pairs) {
      int actual = (int) (pair.getKey() / classes);
      int predicted = (int) (pair.getKey() % classes);
      if (order[actual] < 0 && !taken[predicted]) {
        order[actual] = predicted;
        taken[predicted] = true;
      }
    }
    return order;
  }
}
