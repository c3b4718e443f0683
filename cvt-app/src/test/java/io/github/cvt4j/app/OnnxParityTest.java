package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.EagerNetwork;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.onnx.OnnxModel;
import io.github.cvt4j.onnx.OnnxOptions;
import io.github.cvt4j.onnx.OnnxOptions.Precision;
import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.DropRates;
import io.github.cvt4j.spec.Init;
import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Provenance;
import io.github.cvt4j.weights.StateDict;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is exported computes what the network computes, in ONNX Runtime. */
class OnnxParityTest {

  private static final double TOLERANCE = 2e-5;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a_default",
        "b_rect",
        "c_meanpool",
        "d_avg",
        "e_four_stage",
        "f_gelu",
        "g_kv1",
        "h_two_stage",
        "j_linear"
      })
  void logitsAreThoseOfTheOriginal(String name) {
    StateDict golden = Golden.read("tiny/" + name + ".golden.safetensors");
    List<String> activation = List.of("MODEL.SPEC.ACT", golden.metadata().get("activation"));
    LoadedModel loaded =
        new ModelSource(
                Optional.of(Golden.path("tiny/" + name + ".yaml").toString()),
                activation,
                Optional.of(Golden.path("tiny/" + name + ".weights.safetensors").toString()),
                List.of(),
                0)
            .open();
    ModelFile model = loaded.file(new StateDict(loaded.matched()));
    for (OnnxOptions options : bothSizes(loaded.spec().imageSize())) {
      try (OnnxSession session = session(model, options)) {
        HostTensor input = golden.get("input");
        float[] logits = session.run(FloatBuffer.wrap(input.toFloats()), input.shape());
        Golden.assertClose(
            "logits of " + name,
            HostTensor.of(logits, golden.get("logits").shape()),
            golden.get("logits"));
      }
    }
  }

  private static List<OnnxOptions> bothSizes(Size size) {
    return List.of(OnnxOptions.of(size), OnnxOptions.of(size).withDynamicSize());
  }

  private OnnxSession session(ModelFile model, OnnxOptions options) {
    Path file = folder.resolve("model.onnx");
    OnnxModel.of(model, options).write(file);
    return OnnxSession.open(file, 1);
  }

  /** Models with options drawn at random, which between them hold every one of the spec's. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void everyOptionOfTheSpecIsExported(long seed) {
    Random random = new Random(seed);
    CvtSpec spec = spec(random);
    Size size = new Size(40 + random.nextInt(24), 40 + random.nextInt(24));
    try (Cvt cvt = model(spec, seed)) {
      for (OnnxOptions options : bothSizes(size)) {
        try (OnnxSession session = session(file(cvt), options)) {
          assertSame(cvt, session, 1, size);
          assertSame(cvt, session, 3, size);
          if (options.dynamicSize()) {
            assertSame(cvt, session, 2, new Size(size.height() + 9, size.width() - 4));
          }
        }
      }
    }
  }

  @Test
  void theDrawnModelsHaveEveryOptionBetweenThem() {
    Set<Object> seen = new HashSet<>();
    for (long seed = 1; seed <= 16; seed++) {
      CvtSpec spec = spec(new Random(seed));
      seen.add(spec.activation());
      seen.add(spec.numClasses() == 0 ? "features" : "logits");
      for (StageSpec stage : spec.stages()) {
        seen.add(stage.projection().method());
        seen.add(stage.heads() == 1 ? "one head" : "several heads");
        seen.add("class token " + stage.clsToken() + " in " + stage.projection().method());
        seen.add("position " + stage.posEmbed());
        seen.add("bias " + stage.qkvBias());
      }
    }
    assertThat(seen).as("%s", seen).hasSize(2 + 2 + 3 + 2 + 6 + 2 + 2);
  }

  private static CvtSpec spec(Random random) {
    List<StageSpec> stages = new ArrayList<>();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      int heads = 1 + random.nextInt(3);
      Patch patch = new Patch(2 + random.nextInt(3), 1 + random.nextInt(3), random.nextInt(2));
      stages.add(
          new StageSpec(
              patch,
              heads * (4 + random.nextInt(13)),
              heads,
              1 + random.nextInt(2),
              1 + 2 * random.nextDouble(),
              random.nextBoolean(),
              random.nextBoolean(),
              random.nextBoolean(),
              projection(random),
              DropRates.NONE));
    }
    Activation activation = random.nextBoolean() ? Activation.GELU : Activation.QUICK_GELU;
    int classes = random.nextInt(4) == 0 ? 0 : 7;
    return new CvtSpec(
        stages, classes, 1 + random.nextInt(4), activation, Init.TRUNC_NORM, Size.square(48));
  }

  private static Projection projection(Random random) {
    int stride = 1 + random.nextInt(3);
    int half = random.nextInt(3);
    return switch (List.of(Projection.Method.values()).get(random.nextInt(3))) {
      case DW_BN ->
          new Projection(Projection.Method.DW_BN, 2 * half + 1, half, random.nextInt(3), 1, stride);
      case AVG -> {
        int kernel = 1 + random.nextInt(5);
        yield new Projection(
            Projection.Method.AVG, kernel, 0, random.nextInt(kernel / 2 + 1), 1, stride);
      }
      case LINEAR -> new Projection(Projection.Method.LINEAR, 1, 0, 0, 1, 1);
    };
  }

  /** A model whose batch norms have seen something and whose biases are not all zero. */
  private static Cvt model(CvtSpec spec, long seed) {
    Cvt cvt = new Cvt(spec, seed);
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      for (String name : cvt.parameters().names()) {
        Tensor tensor = cvt.parameters().get(name);
        if (name.endsWith(".bias") || name.endsWith("pos_embed") || name.endsWith("_mean")) {
          tensor.uniform_(-0.5, 0.5, new GeneratorOptional());
        } else if (name.endsWith("running_var") || name.matches(".*(norm\\d?|bn)\\.weight")) {
          tensor.uniform_(0.2, 2, new GeneratorOptional());
        } else if (name.endsWith("proj_q.weight") || name.endsWith("proj_k.weight")) {
          tensor.uniform_(-1, 1, new GeneratorOptional());
        }
      }
      return cvt;
    }
  }

  private static ModelFile file(Cvt cvt) {
    return new ModelFile(
        cvt.spec(),
        Preprocess.standard(cvt.spec().imageSize()),
        List.of(),
        Provenance.UNKNOWN,
        new StateDict(cvt.parameters().shared()));
  }

  private static void assertSame(Cvt cvt, OnnxSession session, int batch, Size size) {
    assertThat(difference(cvt, session, batch, size))
        .as("batch %d of %s in %s", batch, size, cvt.spec())
        .isLessThanOrEqualTo(TOLERANCE);
  }

  private static double difference(Cvt cvt, OnnxSession session, int batch, Size size) {
    long[] shape = {batch, cvt.spec().inChannels(), size.height(), size.width()};
    Random random = new Random(size.area() + batch);
    float[] pictures = new float[(int) (batch * shape[1] * size.area())];
    for (int i = 0; i < pictures.length; i++) {
      pictures[i] = (float) random.nextGaussian();
    }
    try (Scope scope = Scope.open()) {
      Tensor expected = new EagerNetwork(cvt).logits(Tensors.of(pictures, shape));
      float[] actual = session.run(FloatBuffer.wrap(pictures), shape);
      return ExportCheck.difference(Tensors.floats(expected), actual);
    }
  }

  @ParameterizedTest
  @CsvSource({"224x224, false", "384x256, false", "224x224, true"})
  void aWholeCvt13GivesTheSameLogits(String text, boolean dynamicSize) {
    Size size = Size.parse(text);
    LoadedModel loaded = ModelSource.fresh("cvt-13", 1).open();
    OnnxOptions fixed = OnnxOptions.of(size);
    OnnxOptions options = dynamicSize ? fixed.withDynamicSize() : fixed;
    try (Cvt cvt = loaded.build();
        OnnxSession session = session(file(cvt), options)) {
      assertSame(cvt, session, 1, size);
      if (dynamicSize) {
        assertSame(cvt, session, 2, new Size(97, 130));
      } else {
        assertSame(cvt, session, 2, size);
      }
    }
  }

  @Test
  void weightsBesideTheModelAreFoundThere() throws Exception {
    try (Cvt cvt = model(spec(new Random(3)), 3)) {
      Size size = Size.square(48);
      Path file = folder.resolve("model.onnx");
      OnnxModel.of(file(cvt), OnnxOptions.of(size).withExternalData()).write(file);
      assertThat(Files.size(OnnxModel.dataFile(file))).isGreaterThan(Files.size(file) / 2);
      try (OnnxSession session = OnnxSession.open(file, 1)) {
        assertSame(cvt, session, 2, size);
      }
      Files.delete(OnnxModel.dataFile(file));
      assertThatThrownBy(() -> OnnxSession.open(file, 1))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("model.onnx: ONNX Runtime does not load it")
          .message()
          .hasLineCount(1);
    }
  }

  @Test
  void halfPrecisionStaysClose() {
    LoadedModel loaded = ModelSource.fresh("cvt-13", 1).open();
    Size size = Size.square(96);
    try (Cvt cvt = loaded.build();
        OnnxSession session =
            session(file(cvt), OnnxOptions.of(size).withPrecision(Precision.FP16))) {
      assertThat(difference(cvt, session, 2, size)).isBetween(1e-5, 2e-2);
    }
  }
}
