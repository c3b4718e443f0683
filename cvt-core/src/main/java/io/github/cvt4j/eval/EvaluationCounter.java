package io.github.cvt4j.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Adds up all figures of an {@link Evaluation}, picture by picture, so that the size of batches
 * makes no difference. Equal logits rank by the class's number and NaN never, as in {@link
 * MetricsCounter}. For one thread.
 */
public final class EvaluationCounter {

  private static final int TOP = 5;

  /** The least confident first; of equal ones the later picture. */
  private static final Comparator<Mistake> BY_CONFIDENCE =
      Comparator.comparingDouble(Mistake::confidence)
          .thenComparing(Mistake::index, Comparator.reverseOrder());

  private final ClassMap map;
  private final Optional<RealLabels> real;
  private final int keep;
  private final MetricsCounter metrics = new MetricsCounter();
  private final Confusion confusion;

  /** The pictures of even and of odd index. */
  private final List<Confusion> halves;

  private final PriorityQueue<Mistake> mistakes = new PriorityQueue<>(BY_CONFIDENCE);
  private final long[] binCount = new long[Calibration.BINS];
  private final long[] binRight = new long[Calibration.BINS];
  private final double[] binConfidence = new double[Calibration.BINS];
  private boolean confidenceIsNaN;
  private long realCount;
  private long realFirst;
  private long realAmongTop;

  /**
   * @param map which outputs are the data's classes
   * @param real reassessed labels, judged beside the data's own
   * @param mistakes how many of the worst to keep, 0 or more
   */
  public EvaluationCounter(ClassMap map, Optional<RealLabels> real, int mistakes) {
    if (mistakes < 0) {
      throw new EvalException(mistakes + " mistakes to keep: expected 0 or more");
    }
    this.map = map;
    this.real = real;
    this.keep = mistakes;
    this.confusion = new Confusion(map.size());
    this.halves = List.of(new Confusion(map.size()), new Confusion(map.size()));
  }

  /**
   * Adds a batch.
   *
   * @param logits [labels.length, outputs], row-major
   * @param outputs of the model
   * @param labels classes of the data
   * @param indices where the pictures are in the data set
   * @throws IllegalArgumentException if lengths do not fit or a label is out of range
   */
  public void add(float[] logits, int outputs, long[] labels, int[] indices) {
    int classes = map.size();
    float[] chosen = map.apply(logits, outputs);
    metrics.add(chosen, classes, labels);
    for (int i = 0; i < labels.length; i++) {
      add(chosen, i * classes, (int) labels[i], indices[i]);
    }
  }

  private void add(float[] logits, int from, int label, int index) {
    int[] top = top(logits, from);
    int predicted = top.length == 0 ? -1 : top[0];
    confusion.add(label, predicted);
    halves.get(index % 2).add(label, predicted);
    double confidence = predicted < 0 ? Double.NaN : probability(logits, from, predicted);
    calibrate(confidence, predicted == label);
    if (predicted >= 0 && predicted != label) {
      mistakes.add(new Mistake(index, label, predicted, confidence));
      if (mistakes.size() > keep) {
        mistakes.remove();
      }
    }
    if (real.isPresent() && real.get().judges(index)) {
      realCount++;
      realFirst += holdsAny(index, top, 1);
      realAmongTop += holdsAny(index, top, TOP);
    }
  }

  private int holdsAny(int picture, int[] top, int first) {
    boolean any =
        IntStream.of(top).limit(first).anyMatch(k -> real.get().holds(picture, map.output(k)));
    return any ? 1 : 0;
  }

  /** The highest classes, highest first; fewer where there are fewer that are numbers. */
  private int[] top(float[] logits, int from) {
    int[] top = new int[Math.min(TOP, map.size())];
    int found = 0;
    for (int k = 0; k < map.size(); k++) {
      float logit = logits[from + k];
      if (Float.isNaN(logit)) {
        continue;
      }
      int place = found;
      while (place > 0 && logits[from + top[place - 1]] < logit) {
        place--;
      }
      if (place < top.length) {
        found = Math.min(found + 1, top.length);
        System.arraycopy(top, place, top, place + 1, found - 1 - place);
        top[place] = k;
      }
    }
    return IntStream.of(top).limit(found).toArray();
  }

  private double probability(float[] logits, int from, int k) {
    double sum = 0;
    for (int other = 0; other < map.size(); other++) {
      sum += Math.exp((double) logits[from + other] - logits[from + k]);
    }
    return 1 / sum;
  }

  private void calibrate(double confidence, boolean right) {
    if (Double.isNaN(confidence)) {
      confidenceIsNaN = true;
      return;
    }
    int bin = Math.min(Calibration.BINS, (int) Math.ceil(confidence * Calibration.BINS)) - 1;
    binCount[bin]++;
    binRight[bin] += right ? 1 : 0;
    binConfidence[bin] += confidence;
  }

  /**
   * The figures so far.
   *
   * @throws IllegalStateException if nothing was added
   */
  public Evaluation evaluation() {
    List<Mistake> worst = new ArrayList<>(mistakes);
    worst.sort(BY_CONFIDENCE.reversed());
    return new Evaluation(
        metrics.metrics(),
        real.map(
            labels ->
                new RealMetrics(
                    realCount, (double) realFirst / realCount, (double) realAmongTop / realCount)),
        confusion,
        calibration(),
        worst,
        ClassOrder.suspect(halves.get(0), halves.get(1)));
  }

  private Calibration calibration() {
    List<Calibration.Bin> bins = new ArrayList<>();
    double error = 0;
    for (int i = 0; i < Calibration.BINS; i++) {
      error += Math.abs(binRight[i] - binConfidence[i]);
      bins.add(
          new Calibration.Bin(
              binCount[i], binConfidence[i] / binCount[i], (double) binRight[i] / binCount[i]));
    }
    double mean = confidenceIsNaN ? Double.NaN : error / metrics.metrics().count();
    return new Calibration(mean, bins);
  }
}
