package io.github.cvt4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.ModelConfig;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.Specs;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Provenance;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxModelTest {

  private static final Size SIZE = Size.square(64);

  @TempDir private Path folder;

  private static ModelFile model(String name) {
    ModelConfig config = Specs.read(Golden.path("tiny/" + name + ".yaml").toString(), List.of());
    return new ModelFile(
        config.spec(),
        config.preprocess(),
        List.of(),
        Provenance.UNKNOWN,
        Golden.read("tiny/" + name + ".weights.safetensors"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a_default", "c_meanpool", "d_avg", "j_linear"})
  void everyInputOfANodeStandsBeforeItAndEveryConstantIsUsed(String name) {
    ModelFile model = model(name);
    OnnxOptions fixed = OnnxOptions.of(SIZE);
    for (OnnxOptions options : List.of(fixed, fixed.withDynamicSize(), fixed.withPreprocessing())) {
      Graph graph = CvtGraph.of(model, options);
      Set<String> known = new HashSet<>(Set.of(""));
      graph.inputs().forEach(input -> known.add(input.name()));
      graph.initializers().forEach(constant -> known.add(constant.name()));
      Set<String> used = new HashSet<>();
      for (Node node : graph.nodes()) {
        for (Value input : node.inputs()) {
          assertThat(known).as("inputs of %s", node).contains(input.name());
          used.add(input.name());
        }
        known.add(node.name());
      }
      assertThat(graph.initializers())
          .allSatisfy(constant -> assertThat(used).contains(constant.name()));
      assertThat(graph.outputs()).extracting(TensorType::name).containsExactly("logits");
    }
  }

  @Test
  void constantsAreCalledAsInTheCheckpointAndBatchNormsAreGone() {
    ModelFile model = model("a_default");
    Graph graph = CvtGraph.of(model, OnnxOptions.of(SIZE));
    Set<String> names = new HashSet<>();
    graph.initializers().forEach(constant -> names.add(constant.name()));
    for (String name : model.weights().names()) {
      if (!name.contains(".conv.") && !name.contains(".bn.")) {
        assertThat(names).contains(name);
      }
    }
    assertThat(names)
        .contains("stage2.blocks.1.attn.conv_proj_k.weight")
        .noneMatch(n -> n.contains("bn"));
    assertThat(graph.nodes()).noneMatch(node -> node.operator().equals("BatchNormalization"));
  }

  @Test
  void weightsOfTheirOwnFileStandOnPagesThatTheModelNames() throws IOException {
    ModelFile model = model("a_default");
    Path file = folder.resolve("model.onnx");
    OnnxModel onnx = OnnxModel.of(model, OnnxOptions.of(SIZE).withExternalData());
    assertThat(onnx.hasDataFile()).isTrue();
    onnx.write(file);
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("model.onnx", "model.onnx.data");

    byte[] data = Files.readAllBytes(OnnxModel.dataFile(file));
    Graph graph = CvtGraph.of(model, OnnxOptions.of(SIZE));
    ExternalData external = new ExternalData("model.onnx.data", graph);
    int compared = 0;
    for (Initializer tensor : graph.initializers()) {
      if (external.holds(tensor)) {
        int offset = (int) external.offset(tensor);
        assertThat(offset % 4096).isZero();
        ByteBuffer stored = ByteBuffer.wrap(data, offset, (int) tensor.bytes());
        assertThat(stored.equals(tensor.content().get())).as(tensor.name()).isTrue();
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(20);
    assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
        .contains("location", "model.onnx.data");
  }

  @Test
  void theSameModelGivesTheSameBytes() throws IOException {
    Path one = folder.resolve("one.onnx");
    Path two = folder.resolve("two.onnx");
    OnnxModel.of(model("d_avg"), OnnxOptions.of(SIZE)).write(one);
    OnnxModel.of(model("d_avg"), OnnxOptions.of(SIZE)).write(two);
    assertThat(one).hasSameBinaryContentAs(two);
  }

  @Test
  void aBatchNormIsFoldedInDoublePrecision() {
    ModelFile model = model("a_default");
    String name = "stage1.blocks.0.attn.conv_proj_q";
    float[] kernel = floats(model, name + ".conv.weight");
    float[] scale = floats(model, name + ".bn.weight");
    float[] shift = floats(model, name + ".bn.bias");
    float[] mean = floats(model, name + ".bn.running_mean");
    float[] variance = floats(model, name + ".bn.running_var");
    Graph graph = CvtGraph.of(model, OnnxOptions.of(SIZE));
    float[] folded = floats(graph, name + ".weight");
    float[] bias = floats(graph, name + ".bias");
    int taps = kernel.length / scale.length;
    for (int c = 0; c < scale.length; c++) {
      double factor = scale[c] / Math.sqrt(variance[c] + 1e-5);
      assertThat(folded[c * taps]).isEqualTo((float) (kernel[c * taps] * factor));
      assertThat(bias[c]).isEqualTo((float) (shift[c] - mean[c] * factor));
    }
  }

  private static float[] floats(ModelFile model, String name) {
    return model.weights().get(name).toFloats();
  }

  private static float[] floats(Graph graph, String name) {
    ByteBuffer content =
        graph.initializers().stream()
            .filter(constant -> constant.name().equals(name))
            .findFirst()
            .orElseThrow()
            .content()
            .get();
    float[] values = new float[content.remaining() / 4];
    content.asFloatBuffer().get(values);
    return values;
  }

  @Test
  void whatCannotBeWrittenOrDoesNotFitIsToldInALine() {
    OnnxModel model = OnnxModel.of(model("a_default"), OnnxOptions.of(SIZE));
    Path missing = folder.resolve("missing").resolve("model.onnx");
    assertRefused(() -> model.write(missing), "model.onnx: cannot be written: there is no folder");
    assertRefused(
        () -> OnnxModel.of(model("a_default"), OnnxOptions.of(new Size(1, 64))), "stage 0");
    assertRefused(
        () -> OnnxOptions.of(SIZE).withDynamicSize().withPreprocessing(), "one of the two");
    CvtSpec gray = gray(model("a_default").spec());
    ModelFile other =
        new ModelFile(
            gray,
            model("a_default").preprocess(),
            List.of(),
            Provenance.UNKNOWN,
            new StateDict(Map.of()));
    assertRefused(
        () -> OnnxModel.of(other, OnnxOptions.of(SIZE).withPreprocessing()),
        "preprocessing gives 3 channels, but the model takes 1");
    assertRefused(
        () -> OnnxModel.of(other, OnnxOptions.of(SIZE)),
        "the checkpoint has no tensor 'stage0.patch_embed.proj.weight'");
  }

  private static CvtSpec gray(CvtSpec spec) {
    return new CvtSpec(
        spec.stages(), spec.numClasses(), 1, spec.activation(), spec.init(), spec.imageSize());
  }

  private static void assertRefused(ThrowingCallable call, String words) {
    assertThatThrownBy(call)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(words)
        .message()
        .hasLineCount(1);
  }

  @Test
  void halfPrecisionHalvesTheWeights() {
    ModelFile model = model("a_default");
    Graph whole = CvtGraph.of(model, OnnxOptions.of(SIZE));
    Graph half = CvtGraph.of(model, OnnxOptions.of(SIZE).withPrecision(OnnxOptions.Precision.FP16));
    assertThat(weights(half)).isEqualTo(weights(whole) / 2);
  }

  private static long weights(Graph graph) {
    return graph.initializers().stream()
        .filter(constant -> constant.type() == graph.real())
        .mapToLong(Initializer::bytes)
        .sum();
  }
}
