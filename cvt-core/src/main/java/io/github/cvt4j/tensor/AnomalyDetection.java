package io.github.cvt4j.tensor;

import org.bytedeco.pytorch.AnomalyMode;

/**
 * Makes backward passes of the whole process look at what each operator returns, until it closes.
 * Slow, for finding out where a NaN comes from.
 */
public final class AnomalyDetection implements AutoCloseable {

  static {
    Engine.start();
  }

  private AnomalyDetection() {}

  /** Starts looking. */
  public static AnomalyDetection enter() {
    AnomalyMode.set_enabled(true, /* check_nan= */ true);
    return new AnomalyDetection();
  }

  /**
   * The operator that an error of a backward pass is about.
   *
   * @return such as {@code Function 'LogBackward0' returned nan values in its 0th output.}, or null
   *     if it is another error
   */
  public static String found(RuntimeException error) {
    return String.valueOf(error.getMessage())
        .lines()
        .filter(line -> line.contains("returned nan values"))
        .findFirst()
        .orElse(null);
  }

  @Override
  public void close() {
    AnomalyMode.set_enabled(false, /* check_nan= */ true);
  }
}
