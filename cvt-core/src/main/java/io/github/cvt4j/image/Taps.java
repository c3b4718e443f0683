package io.github.cvt4j.image;

import io.github.cvt4j.spec.Preprocess.Interpolation;

/**
 * Which input samples of one axis an output sample is made of, and with what weights.
 *
 * <p>As Pillow's {@code Resample.c} (8 bits per channel) has it: the kernel is widened by the
 * shrink factor, window limits are truncated after adding a half, weights are normalised in double
 * and then rounded to {@value #FRACTION_BITS} fractional bits.
 *
 * @param start first input sample of each output sample; never decreasing
 * @param count input samples of each output sample
 * @param weights fixed-point weights, {@code stride} to each output sample
 * @param stride most samples that an output sample can have
 */
@SuppressWarnings("ArrayRecordComponent") // a bundle of tables inside this package
record Taps(int[] start, int[] count, int[] weights, int stride) {

  /** A weighted sum of bytes then still fits into 32 bits with two bits for overshoot. */
  static final int FRACTION_BITS = 22;

  private static final double CUBIC_A = -0.5;

  /**
   * Taps for output samples {@code from} to {@code from + length - 1} of an axis that is resized
   * from {@code in} to {@code out} samples.
   */
  static Taps of(int in, int out, int from, int length, Interpolation kernel) {
    double scale = (double) in / out;
    double widening = Math.max(scale, 1);
    double support = radius(kernel) * widening;
    int stride = Math.min((int) Math.ceil(support) * 2 + 1, in);
    int[] start = new int[length];
    int[] count = new int[length];
    int[] weights = new int[Math.multiplyExact(length, stride)];
    double[] window = new double[stride];
    for (int i = 0; i < length; i++) {
      double centre = (from + i + 0.5) * scale;
      int first = Math.max((int) (centre - support + 0.5), 0);
      int n = Math.min((int) (centre + support + 0.5), in) - first;
      double sum = 0;
      for (int k = 0; k < n; k++) {
        window[k] = weight(kernel, (first + k - centre + 0.5) * (1 / widening));
        sum += window[k];
      }
      for (int k = 0; k < n; k++) {
        weights[i * stride + k] = toFixed(sum == 0 ? window[k] : window[k] / sum);
      }
      start[i] = first;
      count[i] = n;
    }
    return new Taps(start, count, weights, stride);
  }

  int length() {
    return start.length;
  }

  /** First input sample that is needed. */
  int first() {
    return start[0];
  }

  /** One past the last input sample that is needed. */
  int end() {
    return start[start.length - 1] + count[start.length - 1];
  }

  /** Rounds half away from zero, as Pillow does. */
  private static int toFixed(double weight) {
    double fixed = weight * (1 << FRACTION_BITS);
    return (int) (weight < 0 ? fixed - 0.5 : fixed + 0.5);
  }

  private static int radius(Interpolation kernel) {
    return switch (kernel) {
      case BILINEAR -> 1;
      case BICUBIC -> 2;
    };
  }

  private static double weight(Interpolation kernel, double at) {
    double x = Math.abs(at);
    if (x >= radius(kernel)) {
      return 0;
    }
    if (kernel == Interpolation.BILINEAR) {
      return 1 - x;
    }
    return x < 1
        ? ((CUBIC_A + 2) * x - (CUBIC_A + 3)) * x * x + 1
        : (((x - 5) * x + 8) * x - 4) * CUBIC_A;
  }
}
