package io.github.cvt4j.app;

/** A running mean that forgets: the first values count alike, later the newest twenty or so. */
final class Smoothed {

  private static final double LEAST_WEIGHT = 0.05;

  private double mean;
  private long count;

  void add(double value) {
    count++;
    mean += Math.max(1.0 / count, LEAST_WEIGHT) * (value - mean);
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** NaN before the first value. */
  double value() {
    return count == 0 ? Double.NaN : mean;
  }
}
