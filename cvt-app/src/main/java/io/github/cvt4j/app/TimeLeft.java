package io.github.cvt4j.app;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * How long an epoch and the whole run will take still, from the pace of the newest steps and the
 * last validation's time. For one thread.
 */
final class TimeLeft {

  private final LongSupplier clock;
  private final Smoothed stepSeconds = new Smoothed();
  private double validationSeconds;
  private long validating = -1; // since when
  private boolean validated; // the epoch under way
  private long lastStep;
  private int epochs;
  private int epoch;
  private int left;
  private int batches;

  /**
   * @param clock nanoseconds
   */
  TimeLeft(LongSupplier clock) {
    this.clock = clock;
  }

  /** A run of so many epochs begins, or goes on. */
  void begin(int ofRun) {
    epochs = ofRun;
  }

  /** A step of an epoch is done; all numbers count from 1. */
  void step(int ofEpoch, int batch, int ofBatches) {
    long now = clock.getAsLong();
    if (ofEpoch == epoch) { // what lies between epochs is no step
      stepSeconds.add((now - lastStep) * 1e-9);
    }
    lastStep = now;
    epoch = ofEpoch;
    batches = ofBatches;
    left = ofBatches - batch;
    validating = -1;
    validated = false;
  }

  /** A validation goes on. */
  void validates() {
    if (validating < 0) {
      validating = lastStep;
    }
  }

  /** An epoch is over, with its validation if it had one. */
  void epochEnds() {
    if (validating >= 0) {
      validationSeconds = (clock.getAsLong() - validating) * 1e-9;
    }
    validated = true;
  }

  /** Seconds of the epoch's training; empty before the pace is known. */
  OptionalDouble ofEpoch() {
    return stepSeconds.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(left * stepSeconds.value());
  }

  /** Seconds of the whole run; empty before the pace is known. */
  OptionalDouble ofRun() {
    double each = batches * stepSeconds.value() + validationSeconds;
    return stepSeconds.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            left * stepSeconds.value()
                + (validated ? 0 : validationSeconds)
                + Math.max(0, epochs - epoch) * each);
  }

  /** As in {@code 3:20}, or {@code 1:03:20} from an hour on. */
  static String text(double seconds) {
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole % 3600 / 60, whole % 60);
  }
}
