package io.github.cvt4j.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import io.github.cvt4j.GoldenModels;
import io.github.cvt4j.Vectors;
import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.fused.FusedCvt;
import io.github.cvt4j.fused.Twins;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.spec.Variants;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.StateDict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every engine against the reference implementation's numbers, and against each other. */
class NetworkTest {

  /** The engines that have to agree to rounding. */
  enum Exact {
    EAGER,
    FUSED,
    FUSED_PLAIN;

    Network open(CvtSpec spec, StateDict weights) {
      return switch (this) {
        case EAGER -> {
          Cvt model = new Cvt(spec, 0);
          model.assign(weights.tensors());
          yield new EagerNetwork(model);
        }
        case FUSED -> new FusedNetwork(Twins.packed(spec, weights));
        case FUSED_PLAIN -> new FusedNetwork(Twins.plain(spec, weights));
      };
    }
  }

  private static final List<String> TINY =
      List.of(
          "a_default",
          "b_rect",
          "c_meanpool",
          "d_avg",
          "e_four_stage",
          "f_gelu",
          "g_kv1",
          "h_two_stage",
          "j_linear");

  private static final double TOLERANCE = 2e-5;

  static Stream<Arguments> goldenModels() {
    return TINY.stream()
        .flatMap(name -> Stream.of(Exact.values()).map(engine -> Arguments.of(name, engine)));
  }

  @ParameterizedTest
  @MethodSource("goldenModels")
  void theReferenceIsMet(String name, Exact engine) throws Exception {
    StateDict golden = Golden.read("tiny/" + name + ".golden.safetensors");
    StateDict weights = Golden.read("tiny/" + name + ".weights.safetensors");
    CvtSpec spec = GoldenModels.spec(golden.metadata());
    try (Network network = engine.open(spec, weights);
        Scope scope = Scope.open()) {
      Tensor images = Tensors.of(golden.get("input"));
      check("logits", network.logits(images), golden.get("logits"), TOLERANCE);
      Features features = network.features(images);
      for (int i = 0; i < spec.stages().size(); i++) {
        String stage = "stage" + i + ".out";
        check(stage, features.stages().get(i), golden.get(stage), TOLERANCE);
      }
      check("prelogits", features.preLogits(), golden.get("prelogits"), TOLERANCE);
      check("logits of features", features.logits(), golden.get("logits"), TOLERANCE);
    }
  }

  @ParameterizedTest
  @EnumSource(Exact.class)
  void huggingFaceIsMet(Exact engine) throws Exception {
    StateDict golden = Golden.read("hf/golden.safetensors");
    StateDict weights = Golden.read("hf/microsoft.weights.safetensors");
    try (Network network = engine.open(GoldenModels.spec(golden.metadata()), weights);
        Scope scope = Scope.open()) {
      Tensor images = Tensors.of(golden.get("input"));
      check("logits", network.logits(images), golden.get("logits"), TOLERANCE);
    }
  }

  /** At odd sizes and batches; weights as drawn, with batch norms that have seen something. */
  @ParameterizedTest
  @EnumSource(
      value = Exact.class,
      names = {"FUSED", "FUSED_PLAIN"})
  void fullSizeModelsAreEqualAtAnySizeAndBatch(Exact engine) {
    CvtSpec spec = Variants.get("cvt-13").spec();
    try (Cvt model = new Cvt(spec, 7)) {
      StateDict weights = withStatistics(model.stateDict());
      model.assign(weights.tensors());
      try (Network eager = new EagerNetwork(model);
          Network network = engine.open(spec, weights)) {
        for (int[] shape : new int[][] {{1, 224, 224}, {2, 97, 65}, {7, 48, 64}, {32, 33, 47}}) {
          try (Scope scope = Scope.open()) {
            Tensor images = pictures(shape[0], shape[1], shape[2]);
            HostTensor expected = Tensors.host(eager.logits(images));
            String what = "logits of %dx%dx%d".formatted(shape[0], shape[1], shape[2]);
            check(what, network.logits(images), expected, TOLERANCE);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bfloat16KeepsTheDirectionOfTheLogits(boolean matrixUnit) {
    CvtSpec spec = Variants.get("cvt-13").spec();
    try (Cvt model = new Cvt(spec, 7)) {
      StateDict weights = withStatistics(model.stateDict());
      model.assign(weights.tensors());
      try (Network eager = new EagerNetwork(model);
          Network network = new FusedNetwork(Twins.half(spec, weights, matrixUnit));
          Scope scope = Scope.open()) {
        Tensor images = pictures(3, 112, 96); // 7x6 tokens at the end: keys are padded
        float[] expected = Tensors.floats(eager.logits(images));
        float[] actual = Tensors.floats(network.logits(images));
        assertThat(Vectors.cosine(actual, expected)).isGreaterThanOrEqualTo(0.999);
        Features features = network.features(images);
        assertThat(Tensors.shape(features.stages().get(2))).containsExactly(3, 384, 7, 6);
        assertThat(Vectors.cosine(Tensors.floats(features.logits()), expected))
            .isGreaterThan(0.999);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyShapeRunsInBfloat16(boolean matrixUnit) throws Exception {
    for (String name : TINY) {
      StateDict golden = Golden.read("tiny/" + name + ".golden.safetensors");
      StateDict weights = Golden.read("tiny/" + name + ".weights.safetensors");
      CvtSpec spec = GoldenModels.spec(golden.metadata());
      try (Network network = new FusedNetwork(Twins.half(spec, weights, matrixUnit));
          Scope scope = Scope.open()) {
        float[] actual = Tensors.floats(network.logits(Tensors.of(golden.get("input"))));
        assertThat(Vectors.cosine(actual, golden.get("logits").toFloats()))
            .as(name)
            .isGreaterThanOrEqualTo(0.999);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Exact.class)
  void withoutClassesTheFeaturesAreTheAnswer(Exact engine) throws Exception {
    StateDict golden = Golden.read("tiny/a_default.golden.safetensors");
    CvtSpec spec = GoldenModels.spec(golden.metadata()).withClasses(0);
    try (Network network = engine.open(spec, Golden.read("tiny/a_default.weights.safetensors"));
        Scope scope = Scope.open()) {
      Tensor images = Tensors.of(golden.get("input"));
      check("features", network.logits(images), golden.get("prelogits"), TOLERANCE);
      assertThat(network.features(images).logits()).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Exact.class)
  void whatDoesNotFitIsRefused(Exact engine) throws Exception {
    StateDict golden = Golden.read("tiny/a_default.golden.safetensors");
    CvtSpec spec = GoldenModels.spec(golden.metadata());
    try (Network network = engine.open(spec, Golden.read("tiny/a_default.weights.safetensors"));
        Scope scope = Scope.open()) {
      assertThatThrownBy(() -> network.logits(pictures(1, 2, 2)))
          .isInstanceOf(SpecException.class)
          .hasMessageContaining("use a larger image");
      assertThatThrownBy(() -> network.logits(Tensors.full(0, 1, 4, 64, 64)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected pictures [B, 3, H, W]");
    }
  }

  @ParameterizedTest
  @EnumSource(Exact.class)
  void manyThreadsShareOneNetwork(Exact engine) throws Exception {
    StateDict golden = Golden.read("tiny/a_default.golden.safetensors");
    CvtSpec spec = GoldenModels.spec(golden.metadata());
    HostTensor expected = golden.get("logits");
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (Network network = engine.open(spec, Golden.read("tiny/a_default.weights.safetensors"))) {
      Callable<Void> task =
          () -> {
            try (Scope scope = Scope.open()) {
              Tensor logits = network.logits(Tensors.of(golden.get("input")));
              check("logits", logits, expected, TOLERANCE);
            }
            return null;
          };
      List<Future<Void>> running = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        running.add(threads.submit(task));
      }
      for (Future<Void> future : running) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** As when a mapped file is cut short while it is read. */
  @Test
  void anErrorHalfWayLeavesNothingNative() throws Exception {
    StateDict weights = Golden.read("tiny/a_default.weights.safetensors");
    CvtSpec spec = GoldenModels.spec(Golden.read("tiny/a_default.golden.safetensors").metadata());
    Map<String, HostTensor> cut =
        new HashMap<>(weights.tensors()) {
          private static final long serialVersionUID = 1L;

          @Override
          public HostTensor get(Object name) {
            if (name.equals("head.bias")) {
              throw new InternalError("cut short, as a test");
            }
            return super.get(name);
          }
        };
    new FusedCvt(spec, weights.tensors(), ComputeType.FP32).close(); // makes what lasts
    long before = Pointer.totalCount();
    assertThatThrownBy(() -> new FusedCvt(spec, cut, ComputeType.FP32))
        .isInstanceOf(InternalError.class);
    assertThat(Pointer.totalCount()).as("native objects").isLessThanOrEqualTo(before);
  }

  @Test
  void whatIsNotAskedForIsChosen() {
    Execution chosen = Execution.choose(Optional.empty(), Optional.empty(), Quantization.NONE);
    assertThat(chosen.engine()).isEqualTo(Execution.Engine.FUSED);
    assertThat(
            Execution.choose(
                Optional.of(Execution.Engine.EAGER), Optional.empty(), Quantization.NONE))
        .isEqualTo(Execution.EAGER);
    Quantization some = new Quantization(Map.of("x", new Quantization.Range(0, 1)), "");
    assertThat(Execution.choose(Optional.empty(), Optional.empty(), some).type())
        .isEqualTo(ComputeType.INT8);
    assertThat(Execution.choose(Optional.empty(), Optional.of(ComputeType.FP32), some))
        .isEqualTo(Execution.FUSED);
    assertThat(Execution.choose(Optional.of(Execution.Engine.EAGER), Optional.empty(), some))
        .isEqualTo(Execution.EAGER);
    assertThatThrownBy(() -> new Execution(Execution.Engine.EAGER, ComputeType.BF16))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("eager engine computes in fp32 only");
  }

  private static Tensor pictures(int batch, int height, int width) {
    Random random = new Random(batch);
    float[] values = new float[batch * 3 * height * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensors.of(values, batch, 3, height, width);
  }

  /** Fresh batch norms do nothing; these do. */
  private static StateDict withStatistics(StateDict fresh) {
    Random random = new Random(1);
    java.util.Map<String, HostTensor> tensors = new java.util.LinkedHashMap<>();
    fresh
        .tensors()
        .forEach(
            (name, tensor) -> {
              boolean drawn = name.contains(".bn.") && tensor.dtype().isFloat();
              tensors.put(name, drawn ? drawn(random, tensor) : tensor);
            });
    return new StateDict(tensors);
  }

  private static HostTensor drawn(Random random, HostTensor like) {
    float[] values = new float[(int) like.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.5f + random.nextFloat();
    }
    return HostTensor.of(values, like.shape());
  }

  /** Within the tolerance times the largest value, at least 1. */
  private static void check(String name, Tensor actual, HostTensor expected, double tolerance) {
    assertThat(Tensors.shape(actual)).as("shape of %s", name).isEqualTo(expected.shape());
    float[] a = Tensors.floats(actual);
    float[] e = expected.toFloats();
    double largest = 1;
    double worst = 0;
    for (int i = 0; i < e.length; i++) {
      largest = Math.max(largest, Math.abs(e[i]));
      double difference = Math.abs((double) a[i] - e[i]);
      worst = difference <= worst ? worst : difference; // keeps NaN
    }
    assertThat(worst).as("largest difference in %s", name).isLessThanOrEqualTo(tolerance * largest);
  }
}
