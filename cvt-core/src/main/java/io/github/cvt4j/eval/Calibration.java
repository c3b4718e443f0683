package io.github.cvt4j.eval;

import java.util.List;

/**
 * How far a model's confidence, the probability of what it predicts, agrees with how often it is
 * right (Guo et al., "On Calibration of Modern Neural Networks", 2017, section 2).
 *
 * @param error expected calibration error: the mean over pictures of the difference of accuracy and
 *     mean confidence in their bin, 0 to 1; NaN where a confidence is
 * @param bins of equal width over the confidence, from 0 to 1, each without its lower end
 */
public record Calibration(double error, List<Bin> bins) {

  static final int BINS = 15;

  /**
   * Pictures of about the same confidence.
   *
   * @param count of them
   * @param confidence their mean; NaN if there are none
   * @param accuracy share of them that is right; NaN if there are none
   */
  public record Bin(long count, double confidence, double accuracy) {}

  public Calibration {
    bins = List.copyOf(bins);
  }
}
