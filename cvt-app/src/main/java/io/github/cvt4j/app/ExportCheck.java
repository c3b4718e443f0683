package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.onnx.OnnxOptions;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.Random;

/**
 * Whether an exported model gives the network's answers: both see the same random pictures, at
 * batches of one, two and three and, where sizes are free, at an odd size.
 */
final class ExportCheck {

  /** Sums in another order differ by about 2e-6 of the largest logit. */
  private static final double FP32_TOLERANCE = 1e-4;

  /** Rounding to 11 bits between operators costs about 7e-3 at most in CvT-13. */
  private static final double FP16_TOLERANCE = 2e-2;

  private static final int SEED = 1;

  private final Network network;
  private final OnnxSession exported;
  private final double tolerance;

  ExportCheck(Network network, OnnxSession exported, OnnxOptions.Precision precision) {
    this.network = network;
    this.exported = exported;
    this.tolerance =
        switch (precision) {
          case FP32 -> FP32_TOLERANCE;
          case FP16 -> FP16_TOLERANCE;
        };
  }

  /** What answers may differ by, in parts of the largest one. */
  double tolerance() {
    return tolerance;
  }

  /**
   * Compares.
   *
   * @return the largest difference, in parts of the largest answer of its batch
   * @throws InvalidInputException if one is beyond the tolerance or no number
   */
  double run(Size size, boolean dynamicSize) {
    Size odd = dynamicSize ? new Size(size.height() + 5, size.width() + 18) : size;
    double worst = compare(1, size);
    worst = Math.max(worst, compare(2, size));
    return Math.max(worst, compare(3, odd));
  }

  private double compare(int batch, Size size) {
    long[] shape = {batch, network.spec().inChannels(), size.height(), size.width()};
    float[] pictures = pictures(shape);
    float[] expected;
    try (Scope scope = Scope.open()) {
      expected = Tensors.floats(network.logits(Tensors.of(pictures, shape)));
    }
    float[] actual = exported.run(FloatBuffer.wrap(pictures), shape);
    double difference = difference(expected, actual);
    if (!(difference <= tolerance)) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "the exported model differs by %.1e of the largest answer (batch %d, %s); expected at"
                  + " most %.0e: it was not kept",
              difference,
              batch,
              size,
              tolerance));
    }
    return difference;
  }

  private static float[] pictures(long[] shape) {
    int count = 1;
    for (long side : shape) {
      count = Math.multiplyExact(count, (int) side);
    }
    Random random = new Random(SEED);
    float[] pictures = new float[count];
    for (int i = 0; i < count; i++) {
      pictures[i] = (float) random.nextGaussian();
    }
    return pictures;
  }

  /** NaN if a value is none, or if the numbers of values differ. */
  static double difference(float[] expected, float[] actual) {
    if (actual.length != expected.length) {
      return Double.NaN;
    }
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i])); // both keep NaN
      difference = Math.max(difference, Math.abs((double) expected[i] - actual[i]));
    }
    return difference == 0 ? 0 : difference / largest;
  }
}
