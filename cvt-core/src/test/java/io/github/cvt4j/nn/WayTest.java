package io.github.cvt4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.DropRates;
import io.github.cvt4j.spec.Init;
import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The fast way against its plain twin: one training pass, every gradient. */
class WayTest {

  private static final double TOLERANCE = 5e-5;

  static Stream<Arguments> shapes() {
    return Stream.of(Projection.Method.values())
        .flatMap(method -> Stream.of(1, 7).map(batch -> Arguments.of(method, batch)));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void gradientsAreThoseOfThePlainTwin(Projection.Method method, int batch) {
    for (Size size : List.of(new Size(32, 32), new Size(33, 47), new Size(21, 26))) {
      for (int threads : new int[] {1, 2}) {
        Engine.setThreads(threads);
        Map<String, float[]> expected = gradients(method, batch, size, Pass.TRAIN.by(Way.PLAIN));
        Map<String, float[]> found = gradients(method, batch, size, Pass.TRAIN);
        double largest = expected.values().stream().mapToDouble(WayTest::largest).max().orElse(0);
        expected.forEach(
            (name, gradient) ->
                assertThat(difference(found.get(name), gradient))
                    .as("%s of %s on %d threads", name, size, threads)
                    .isLessThanOrEqualTo(TOLERANCE * largest));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void bfloat16IsThatButForItsRounding(Projection.Method method, int batch) {
    Size size = new Size(33, 47);
    Map<String, float[]> expected = gradients(method, batch, size, Pass.TRAIN.by(Way.PLAIN));
    Map<String, float[]> found = gradients(method, batch, size, Pass.TRAIN.in(Precision.BF16));
    double squares = 0;
    double length = 0;
    for (Map.Entry<String, float[]> entry : expected.entrySet()) {
      float[] gradient = entry.getValue();
      for (int i = 0; i < gradient.length; i++) {
        squares += Math.pow(found.get(entry.getKey())[i] - gradient[i], 2);
        length += Math.pow(gradient[i], 2);
      }
    }
    // Rounding is 2^-9; a dozen layers, forward and backward, add up to a few of these.
    assertThat(Math.sqrt(squares / length)).isBetween(1e-6, 0.06);
  }

  @Test
  void thePlainWayIsInFloat32() {
    assertThatThrownBy(() -> Pass.TRAIN.by(Way.PLAIN).in(Precision.BF16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("BF16");
  }

  private static Map<String, float[]> gradients(
      Projection.Method method, int batch, Size size, Pass pass) {
    Random random = new Random(3);
    float[] pixels = new float[batch * 3 * size.height() * size.width()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    Map<String, float[]> gradients = new LinkedHashMap<>();
    try (Cvt model = new Cvt(spec(method), 1);
        Scope scope = Scope.open()) {
      Engine.seed(2);
      Tensor images = Tensors.of(pixels, batch, 3, size.height(), size.width());
      model.forward(images, pass).logsumexp(1).mean().backward();
      model
          .parameters()
          .trained()
          .forEach(
              (name, parameter) ->
                  gradients.put(name, Tensors.floats(new Tensor(parameter.grad()))));
    }
    return gradients;
  }

  private static CvtSpec spec(Projection.Method method) {
    Projection squeezed = Projection.SQUEEZED;
    Projection projection =
        new Projection(
            method,
            squeezed.kernel(),
            squeezed.paddingQ(),
            squeezed.paddingKv(),
            squeezed.strideQ(),
            squeezed.strideKv());
    return new CvtSpec(
        List.of(
            new StageSpec(
                new Patch(7, 4, 2), 16, 1, 1, 4, true, false, false, projection, DropRates.NONE),
            new StageSpec(
                new Patch(3, 2, 1),
                24,
                2,
                2,
                4,
                true,
                true,
                false,
                projection,
                DropRates.path(0.3))),
        5,
        3,
        Activation.QUICK_GELU,
        Init.XAVIER,
        Size.square(32));
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static double difference(float[] a, float[] b) {
    double worst = 0;
    for (int i = 0; i < b.length; i++) {
      double difference = Math.abs((double) a[i] - b[i]);
      worst = difference <= worst ? worst : difference; // keeps NaN
    }
    return worst;
  }
}
