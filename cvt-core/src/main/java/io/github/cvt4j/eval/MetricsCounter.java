package io.github.cvt4j.eval;

/**
 * Adds pictures up, one after the other, so that the size of batches makes no difference. For one
 * thread.
 *
 * <p>A class's rank is the number of classes in front of it: those with a higher logit, and among
 * equal ones those with a lower number. NaN stands behind everything and never counts as right.
 */
public final class MetricsCounter {

  private static final int TOP = 5;

  private long count;
  private long first;
  private long amongTop;
  private double loss;

  /**
   * Adds a batch.
   *
   * @param logits [labels.length, classes], row-major
   * @param classes per picture, at least 1
   * @param labels 0 to {@code classes - 1}
   * @throws IllegalArgumentException if lengths do not fit or a label is out of range
   */
  public void add(float[] logits, int classes, long[] labels) {
    if (logits.length != Math.multiplyExact(classes, labels.length)) {
      throw new IllegalArgumentException(
          "%d logits for %d pictures of %d classes"
              .formatted(logits.length, labels.length, classes));
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "label " + labels[i] + ": expected 0 to " + (classes - 1));
      }
      add(logits, i * classes, classes, (int) labels[i]);
    }
  }

  private void add(float[] logits, int from, int classes, int label) {
    float own = logits[from + label];
    count++;
    loss += crossEntropy(logits, from, classes, own);
    if (Float.isNaN(own)) {
      return;
    }
    int rank = 0;
    for (int k = 0; k < classes; k++) {
      float other = logits[from + k];
      if (other > own || (other == own && k < label)) {
        rank++;
      }
    }
    if (rank == 0) {
      first++;
    }
    if (rank < TOP) {
      amongTop++;
    }
  }

  /** {@code log sum exp(logits) - logit}, shifted by the maximum so that nothing overflows. */
  private static double crossEntropy(float[] logits, int from, int classes, float own) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes; k++) {
      max = Math.max(max, logits[from + k]);
    }
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      sum += Math.exp(logits[from + k] - max);
    }
    return Math.log(sum) + max - own;
  }

  /**
   * The figures so far.
   *
   * @throws IllegalStateException if nothing was added
   */
  public Metrics metrics() {
    if (count == 0) {
      throw new IllegalStateException("no pictures to take a mean over");
    }
    return new Metrics(count, (double) first / count, (double) amongTop / count, loss / count);
  }
}
