package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.onnx.OnnxOptions;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * Whether an exported model gives the network's answers: both see the same random pictures, at
 * batches of one, two and three and, where sizes are free, at an odd size.
 */
final class ExportCheck {

  /** Sums in another order differ by about 2e-6 of the largest logit. */
  private static final double FP32_TOLERANCE = 1e-4;

  /** Of resized bytes less than one in a hundred is one level off in ONNX Runtime. */
  private static final double RESIZED_TOLERANCE = 2e-2;

  /** Rounding to 11 bits between operators costs about 7e-3 at most in CvT-13. */
  private static final double FP16_TOLERANCE = 2e-2;

  /**
   * Of the same integers. Small networks agree to 1e-7. In CvT-13 with fresh weights a value here
   * and there falls on the other side of a half, which grows to 8e-2, also between ONNX Runtime's
   * own levels of optimization.
   */
  private static final double INT8_TOLERANCE = 0.2;

  private static final int SEED = 1;

  private final Network network;
  private final OnnxSession exported;
  private final OnnxOptions options;
  private final double tolerance;

  /**
   * @param exported the network, exported with the options
   */
  ExportCheck(Network network, OnnxSession exported, OnnxOptions options) {
    this.network = network;
    this.exported = exported;
    this.options = options;
    this.tolerance =
        switch (options.precision()) {
          case FP32 -> FP32_TOLERANCE;
          case FP16 -> FP16_TOLERANCE;
          case INT8 -> INT8_TOLERANCE;
        };
  }

  /** What answers may differ by, in parts of the largest one. */
  double tolerance() {
    return tolerance;
  }

  /**
   * Compares.
   *
   * @param preprocess what an exported model with preprocessing does
   * @return the largest difference, in parts of the largest answer of its batch; answers for
   *     pictures that had to be resized do not count
   * @throws InvalidInputException if one is beyond the tolerance or no number
   */
  double run(Preprocess preprocess) {
    return options.preprocessing() ? runOnBytes(new Preprocessor(preprocess)) : runOnFloats();
  }

  private double runOnFloats() {
    Size size = options.size();
    Size odd = options.dynamicSize() ? new Size(size.height() + 5, size.width() + 18) : size;
    double worst = compare(1, size);
    worst = Math.max(worst, compare(2, size));
    return Math.max(worst, compare(3, odd));
  }

  private double compare(int batch, Size size) {
    long[] shape = {batch, network.spec().inChannels(), size.height(), size.width()};
    float[] pictures = pictures(shape);
    float[] actual = exported.run(FloatBuffer.wrap(pictures), shape);
    return require(expected(pictures, shape), actual, batch + " of " + size, tolerance);
  }

  private double runOnBytes(Preprocessor preprocessor) {
    Preprocess preprocess = preprocessor.spec();
    Size size = preprocess.size();
    boolean crops = preprocess.resize() == Preprocess.Resize.CROP;
    double ratio = crops ? preprocess.cropRatio() : 1;
    Size kept = new Size((int) (size.height() / ratio), (int) (size.width() / ratio));
    double worst = compare(preprocessor, 1, kept, tolerance);
    worst = Math.max(worst, compare(preprocessor, 2, kept, tolerance));
    double resized = Math.max(tolerance, RESIZED_TOLERANCE);
    Size larger = new Size(2 * kept.height() + 1, kept.width() + 35);
    compare(preprocessor, 3, larger, resized);
    compare(preprocessor, 1, new Size(kept.height(), 2 * kept.width() + 7), resized);
    return worst;
  }

  private double compare(Preprocessor preprocessor, int batch, Size size, double allowed) {
    byte[] pixels = new byte[Math.toIntExact(size.area() * 3 * batch)];
    new Random(SEED).nextBytes(pixels);
    Size seen = preprocessor.spec().size();
    FloatBuffer inputs = FloatBuffer.allocate(batch * preprocessor.elements());
    int each = pixels.length / batch;
    for (int i = 0; i < batch; i++) {
      byte[] picture = Arrays.copyOfRange(pixels, i * each, (i + 1) * each);
      inputs.put(preprocessor.apply(new RgbImage(size.height(), size.width(), picture)));
    }
    float[] expected = expected(inputs.array(), batch, 3, seen.height(), seen.width());
    float[] actual = exported.run(ByteBuffer.wrap(pixels), batch, size.height(), size.width(), 3);
    return require(expected, actual, batch + " pictures of " + size, allowed);
  }

  private float[] expected(float[] inputs, long... shape) {
    try (Scope scope = Scope.open()) {
      return Tensors.floats(network.logits(Tensors.of(inputs, shape)));
    }
  }

  private static double require(float[] expected, float[] actual, String what, double allowed) {
    double difference = difference(expected, actual);
    if (!(difference <= allowed)) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "the exported model differs by %.1e of the largest answer (batch of %s); expected at"
                  + " most %.0e, so it was not kept",
              difference,
              what,
              allowed));
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
