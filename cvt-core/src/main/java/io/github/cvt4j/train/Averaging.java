package io.github.cvt4j.train;

import io.github.cvt4j.spec.SpecException;

/**
 * How weights are averaged over the run (EMA, exponential moving average).
 *
 * @param decay what an update leaves of the average, in [0, 1); 0 for no averaging
 * @param warmup whether the first updates count more: the decay is at most {@code (1 + t) / (10 +
 *     t)} after t updates, the rule of TensorFlow's ExponentialMovingAverage
 * @param judged which weights are validated
 */
public record Averaging(double decay, boolean warmup, Judged judged) {

  /** No averaging. */
  public static final Averaging NONE = new Averaging(0, false, Judged.BOTH);

  public Averaging {
    if (!(decay >= 0 && decay < 1)) {
      throw new SpecException(
          "decay of averaged weights " + decay + ": expected 0 (none) or more and less than 1");
    }
  }

  /** Which weights are validated. */
  public enum Judged {
    /** The averaged ones beside the trained ones; the better are the epoch's result. */
    BOTH,
    /** The averaged ones alone. */
    EMA
  }

  /** Whether there is any. */
  public boolean enabled() {
    return decay > 0;
  }

  /**
   * The decay of one update.
   *
   * @param updates made before
   */
  double decay(long updates) {
    return warmup ? Math.min(decay, (1.0 + updates) / (10.0 + updates)) : decay;
  }
}
