package io.github.cvt4j.fused;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.Golden;
import io.github.cvt4j.GoldenModels;
import io.github.cvt4j.Vectors;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Processor;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.Quantization.Range;
import io.github.cvt4j.weights.StateDict;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Linear layers in integers, on both kernels. */
class Int8Test {

  private static final Range RANGE = new Range(-0.5f, 3);
  private static final List<String> LAYER = List.of("layer");

  @Test
  void bytesAreRoundedAndZeroIsExact() {
    Rounding rounding = Rounding.of(new Range(-0.5f, 2.05f), Quantization.MOST);
    assertThat(rounding.scale()).isEqualTo(0.01, within(1e-8));
    assertThat(rounding.zero()).isEqualTo(50);
    try (Scope scope = Scope.open()) {
      Tensor bytes =
          rounding.apply(Tensors.of(new float[] {0, -0.5f, 2.05f, 0.014f, 0.016f, -9, 9}, 7));
      assertThat(Tensors.host(bytes).toLongs()).containsExactly(50, 0, 255, 51, 52, 0, 255);
      assertThat(Tensors.floats(rounding.floats(bytes))[0]).isZero();
    }
  }

  @Test
  void pairsOfProductsFitSixteenBitsWhereTheyMust() {
    assertThat(Rounding.largest(new Processor(Set.of("avx2")))).isEqualTo(127);
    assertThat(2 * 127 * Quantization.LARGEST).isLessThanOrEqualTo(Short.MAX_VALUE);
    assertThat(Rounding.largest(new Processor(Set.of("avx512_vnni")))).isEqualTo(255);
    assertThat(Rounding.largest(new Processor(Set.of("avx_vnni")))).isEqualTo(255);
  }

  /** Layers of a block's shapes, each against the floats that it was rounded from. */
  @ParameterizedTest
  @CsvSource({"1, 384, 1536", "49, 192, 192", "784, 64, 256", "50, 1536, 384", "3, 20, 7"})
  void kernelsAgree(int rows, int in, int out) {
    for (PostOp post : PostOp.values()) {
      for (boolean toBytes : new boolean[] {false, true}) {
        float[] packed = forward(Kernels.PACKED, rows, in, out, post, toBytes);
        float[] plain = forward(Kernels.PLAIN, rows, in, out, post, toBytes);
        // Sums in another order may fall on the other side of a half.
        double tolerance = toBytes ? 1 : 1e-4 * largest(plain);
        assertThat(packed)
            .as("%s, to bytes: %s", post, toBytes)
            .hasSize(rows * out)
            .containsExactly(plain, near(tolerance));
      }
    }
    float[] packed = plus(Kernels.PACKED, rows, in, out);
    float[] plain = plus(Kernels.PLAIN, rows, in, out);
    assertThat(packed).containsExactly(plain, near(1e-4 * largest(plain)));
  }

  /** All inputs and weights at their ends, or beyond: what overflows shows here. */
  @ParameterizedTest
  @EnumSource(Kernels.class)
  void theLargestProductsDoNotOverflow(Kernels kernels) {
    float[] weight = new float[64 * 512];
    Arrays.fill(weight, 1);
    Rounding output = Rounding.of(new Range(0, 3 * 512), Rounding.largest(Processor.here()));
    try (NoGrad noGrad = NoGrad.enter();
        Weights weights = weights(kernels);
        Scope scope = Scope.open()) {
      Tensor ones = Tensors.of(weight, 64, 512);
      FusedLinear toFloats = weights.linear(LAYER, 1, ones, null, null);
      FusedLinear toBytes = weights.linear(LAYER, 1, ones, null, output);
      for (double input : new double[] {3, 9}) { // the range ends at 3
        Tensor x = Tensors.full(input, 1, 5, 512);
        for (float sum : Tensors.floats(toFloats.forward(x))) {
          assertThat(sum).isEqualTo(3 * 512, within(20f));
        }
        for (long sum : Tensors.host(toBytes.forward(x)).toLongs()) {
          assertThat(sum).isBetween(output.largest() - 2L, (long) output.largest());
        }
      }
    }
  }

  /** Batches, gaps between rows, rows of zeros and no bias, on both kernels. */
  @ParameterizedTest
  @EnumSource(Kernels.class)
  void oddOperandsAreTaken(Kernels kernels) {
    try (NoGrad noGrad = NoGrad.enter();
        Weights weights = weights(kernels);
        Scope scope = Scope.open()) {
      Tensor weight = random(1, 24, 40);
      weight.narrow(0, 3, 1).zero_();
      Tensor all = random(3, 7, 5, 40);
      FusedLinear linear = weights.linear(LAYER, 1, weight, null, null);
      Tensor y = linear.forward(all);
      assertThat(Tensors.shape(y)).containsExactly(7, 5, 24);
      assertThat(Tensors.floats(y.narrow(2, 3, 1))).containsOnly(0f);
      float[] first = Tensors.floats(linear.forward(all.narrow(1, 0, 1)));
      float[] expected = Tensors.floats(y.narrow(1, 0, 1));
      assertThat(first).containsExactly(expected, near(1e-5 * largest(expected)));
    }
  }

  @Test
  void layersThatAreNotTheNetworksAreRefused() throws Exception {
    StateDict weights = Golden.read("tiny/j_linear.weights.safetensors");
    CvtSpec spec = GoldenModels.spec(Golden.read("tiny/j_linear.golden.safetensors").metadata());
    // Queries, keys and values share their input here.
    for (String name : List.of("head", "stage9.x", "stage0.blocks.0.attn.proj_q")) {
      Quantization one = new Quantization(Map.of(name, RANGE), "");
      assertThatThrownBy(() -> new FusedCvt(spec, weights.tensors(), ComputeType.INT8, one))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("quantized layer '" + name + "'");
      new FusedCvt(spec, weights.tensors(), ComputeType.FP32, one).close();
    }
    assertThatThrownBy(() -> new FusedCvt(spec, weights.tensors(), ComputeType.INT8))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("./cvt quantize");
  }

  /** One half of an MLP in integers, the other in floats. */
  @ParameterizedTest
  @ValueSource(strings = {"fc1", "fc2"})
  void halfAnMlpMayStay(String layer) throws Exception {
    StateDict golden = Golden.read("tiny/a_default.golden.safetensors");
    StateDict weights = Golden.read("tiny/a_default.weights.safetensors");
    CvtSpec spec = GoldenModels.spec(golden.metadata());
    Tensor input = kept(golden);
    try (Scope scope = Scope.open()) {
      Map<String, Range> ranges = new LinkedHashMap<>(calibrated(spec, weights, input).inputs());
      ranges.keySet().removeIf(name -> !name.endsWith(layer));
      Quantization some = new Quantization(ranges, "");
      for (Kernels kernels : Kernels.values()) {
        try (FusedCvt model = new FusedCvt(spec, weights(kernels, weights, some))) {
          float[] actual = Tensors.floats(model.head(model.preLogits(input)));
          assertThat(Vectors.cosine(actual, golden.get("logits").toFloats())).isGreaterThan(0.999);
        }
      }
    } finally {
      Scope.release(input);
    }
  }

  @Test
  void whatCannotBeRoundedIsSaid() throws Exception {
    StateDict weights = Golden.read("tiny/a_default.weights.safetensors");
    CvtSpec spec = GoldenModels.spec(Golden.read("tiny/a_default.golden.safetensors").metadata());
    Map<String, HostTensor> changed = new LinkedHashMap<>(weights.tensors());
    for (String name : List.of("norm2.weight", "norm2.bias")) { // fc1 sees zeros
      String full = "stage0.blocks.0." + name;
      changed.put(
          full,
          HostTensor.of(new float[(int) weights.get(full).elements()], weights.get(full).shape()));
    }
    try (Calibration calibration = new Calibration(spec, changed);
        Scope scope = Scope.open()) {
      assertThatThrownBy(calibration::layers).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> calibration.see(Tensors.full(1, 2, 3, 64, 64)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2 pictures");
      calibration.see(random(1, 1, 3, 64, 64));
      for (Calibration.Layer layer : calibration.layers()) {
        boolean zeros = layer.names().contains("stage0.blocks.0.mlp.fc1");
        assertThat(layer.range().isEmpty()).as("%s", layer).isEqualTo(zeros);
        assertThat(Double.isNaN(layer.error())).as("%s", layer).isEqualTo(zeros);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a_default", "b_rect", "d_avg", "e_four_stage", "f_gelu", "j_linear"})
  void theNetworkKeepsItsDirection(String name) throws Exception {
    StateDict golden = Golden.read("tiny/" + name + ".golden.safetensors");
    StateDict weights = Golden.read("tiny/" + name + ".weights.safetensors");
    CvtSpec spec = GoldenModels.spec(golden.metadata());
    Tensor input = kept(golden);
    Quantization quantization = calibrated(spec, weights, input);
    StateDict rounded = quantization.widen(quantization.narrow(weights));
    float[] expected = golden.get("logits").toFloats();
    for (Kernels kernels : Kernels.values()) {
      try (FusedCvt model = new FusedCvt(spec, weights(kernels, rounded, quantization));
          Scope scope = Scope.open()) {
        float[] actual = Tensors.floats(model.head(model.preLogits(input)));
        assertThat(Vectors.cosine(actual, expected)).as(kernels.name()).isGreaterThan(0.99);
        assertThat(actual).as("integers are at work").isNotEqualTo(expected);
      }
    }
    Scope.release(input);
  }

  @ParameterizedTest
  @EnumSource(Kernels.class)
  void layersThatAreNotNamedStayExact(Kernels kernels) throws Exception {
    StateDict golden = Golden.read("tiny/a_default.golden.safetensors");
    StateDict weights = Golden.read("tiny/a_default.weights.safetensors");
    CvtSpec spec = GoldenModels.spec(golden.metadata());
    try (FusedCvt model = new FusedCvt(spec, weights(kernels, weights, Quantization.NONE));
        Scope scope = Scope.open()) {
      float[] actual = Tensors.floats(model.head(model.preLogits(Tensors.of(golden.get("input")))));
      float[] expected = golden.get("logits").toFloats();
      assertThat(actual).containsExactly(expected, near(2e-5 * largest(expected)));
    }
  }

  private static Tensor kept(StateDict golden) {
    try (Scope scope = Scope.open()) {
      return Scope.keep(Tensors.of(golden.get("input")));
    }
  }

  private static Quantization calibrated(CvtSpec spec, StateDict weights, Tensor input) {
    try (Calibration calibration = new Calibration(spec, weights.tensors());
        Scope scope = Scope.open()) {
      for (int i = 0; i < input.size(0); i++) {
        calibration.see(input.narrow(0, i, 1));
      }
      List<Calibration.Layer> layers = calibration.layers();
      assertThat(layers)
          .allSatisfy(layer -> assertThat(layer.error()).as("%s", layer).isBetween(1e-9, 0.02))
          .allSatisfy(layer -> assertThat(layer.range()).isPresent());
      return new Quantization(Calibration.ranges(layers), "golden input");
    }
  }

  private static float[] forward(
      Kernels kernels, int rows, int in, int out, PostOp post, boolean toBytes) {
    try (NoGrad noGrad = NoGrad.enter();
        Weights weights = weights(kernels);
        Scope scope = Scope.open()) {
      Rounding output = toBytes ? Rounding.of(new Range(-0.5f, 9), Quantization.MOST) : null;
      FusedLinear linear = linear(weights, in, out, output);
      Tensor y = linear.forward(random(3, 1, rows, in), post);
      return Tensors.floats(y.to(ScalarType.Float));
    }
  }

  private static float[] plus(Kernels kernels, int rows, int in, int out) {
    try (NoGrad noGrad = NoGrad.enter();
        Weights weights = weights(kernels);
        Scope scope = Scope.open()) {
      FusedLinear linear = linear(weights, in, out, null);
      Tensor residual = random(4, 1, rows, out);
      float[] before = Tensors.floats(residual);
      float[] sum = Tensors.floats(linear.plus(random(3, 1, rows, in), residual));
      assertThat(Tensors.floats(residual)).as("the residual stays").isEqualTo(before);
      return sum;
    }
  }

  private static FusedLinear linear(Weights weights, int in, int out, Rounding output) {
    return weights.linear(LAYER, 1, random(1, out, in), random(2, out), output);
  }

  private static Weights weights(Kernels kernels) {
    return weights(kernels, new StateDict(Map.of()), new Quantization(Map.of("layer", RANGE), ""));
  }

  private static Weights weights(Kernels kernels, StateDict state, Quantization quantization) {
    return new Weights(
        state.tensors(),
        ComputeType.INT8,
        kernels,
        AttentionKernel.FLASH,
        quantization,
        Rounding.largest(Processor.here()),
        /* observer= */ null);
  }

  private static Tensor random(long seed, long... shape) {
    Random random = new Random(seed);
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    float[] values = new float[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * 0.3f;
    }
    return Tensors.of(values, shape);
  }

  private static Offset<Float> near(double tolerance) {
    return Offset.offset((float) tolerance);
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
