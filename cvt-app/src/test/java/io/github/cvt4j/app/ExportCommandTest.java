package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.infer.Classifier;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExportCommandTest {

  private static final Path MODEL = Golden.path("tiny/a_default.yaml");
  private static final Path WEIGHTS = Golden.path("tiny/a_default.weights.safetensors");

  @TempDir private Path folder;

  private Cli export(Object... more) {
    List<Object> words = new ArrayList<>(List.of("export", "--model", MODEL));
    words.addAll(List.of("--weights", WEIGHTS, "--output", folder.resolve("m.onnx")));
    words.addAll(Arrays.asList(more));
    return Cli.cvt(words.toArray());
  }

  @Test
  void theFileGivesTheOriginalsLogitsAndSaysWhatItIs() {
    Cli run = export("--json");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode said = run.json();
    assertThat(said.get("input").toString()).isEqualTo("[\"batch\",\"3\",\"64\",\"64\"]");
    assertThat(said.get("result").asText()).isEqualTo("logits");
    assertThat(said.get("opset").asInt()).isEqualTo(20);
    assertThat(said.get("difference").asDouble()).isBetween(0.0, 2e-5);
    assertThat(said.get("tolerance").asDouble()).isEqualTo(1e-4);
    assertThat(folder.resolve("m.onnx")).hasSize(said.get("bytes").asLong());
    assertThat(folder.toFile().list()).containsExactly("m.onnx");

    StateDict golden = Golden.read("tiny/a_default.golden.safetensors");
    try (OnnxSession session = OnnxSession.open(folder.resolve("m.onnx"), 2)) {
      HostTensor input = golden.get("input");
      float[] logits = session.run(FloatBuffer.wrap(input.toFloats()), input.shape());
      HostTensor expected = golden.get("logits");
      Golden.assertClose("logits", HostTensor.of(logits, expected.shape()), expected);
      assertThat(session.metadata().keySet())
          .contains(
              "cvt4j.format", "cvt4j.spec", "cvt4j.preprocess", "cvt4j.labels", "cvt4j.provenance");
      assertThat(session.metadata().get("cvt4j.provenance"))
          .contains("a_default.weights.safetensors");
    }
  }

  @Test
  void sizesMayBeFreeOrOthersAndWeightsMayStandBeside() throws IOException {
    Cli run = export("--size", "40x72", "--dynamic-size", "--external-data", "--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().get("input").toString())
        .isEqualTo("[\"batch\",\"3\",\"height\",\"width\"]");
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("m.onnx", "m.onnx.data");
    long both = Files.size(folder.resolve("m.onnx")) + Files.size(folder.resolve("m.onnx.data"));
    assertThat(run.json().get("bytes").asLong()).isEqualTo(both);
    try (OnnxSession session = OnnxSession.open(folder.resolve("m.onnx"), 1)) {
      assertThat(session.run(FloatBuffer.allocate(3 * 50 * 33), 1, 3, 50, 33)).hasSize(10);
      assertThat(session.metadata().get("cvt4j.preprocess")).contains("\"height\":40");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"True", "False"})
  void preprocessingInsideSeesWhatPredictSees(String crops) {
    Cli run = export("--with-preprocessing", "--json", "TEST.CENTER_CROP", crops);
    assertThat(run.code()).as(run.err()).isZero();
    ModelSource source =
        new ModelSource(
            Optional.of(MODEL.toString()),
            List.of("TEST.CENTER_CROP", crops),
            Optional.of(WEIGHTS.toString()),
            List.of(),
            0);
    RgbImage picture = picture(91, 158);
    try (Classifier classifier = source.open().classifier(Execution.FUSED);
        OnnxSession session = OnnxSession.open(folder.resolve("m.onnx"), 1)) {
      float[] expected = classifier.logits(List.of(picture));
      float[] actual = session.run(ByteBuffer.wrap(picture.pixels()), 1, 91, 158, 3);
      assertThat(ExportCheck.difference(expected, actual)).isLessThan(5e-3);
      // Another crop would be far away.
      float[] other = classifier.logits(List.of(picture.crop(0, 40, 91, 91)));
      assertThat(ExportCheck.difference(expected, other)).isGreaterThan(5e-2);
      assertThat(new Preprocessor(classifier.preprocess()).elements()).isEqualTo(3 * 64 * 64);
    }
  }

  private static RgbImage picture(int height, int width) {
    byte[] pixels = new byte[3 * height * width];
    Random random = new Random(5);
    for (int i = 0; i < pixels.length; i++) {
      int x = i / 3 % width;
      int y = i / 3 / width;
      pixels[i] = (byte) (x * 255 / width / 2 + y * 127 / height + random.nextInt(2));
    }
    return new RgbImage(height, width, pixels);
  }

  @Test
  void halfPrecisionStaysWithinItsTolerance() {
    Cli run = export("--dtype", "fp16", "--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().get("tolerance").asDouble()).isEqualTo(2e-2);
    assertThat(run.json().get("difference").asDouble()).isBetween(1e-5, 2e-2);
  }

  @Test
  void aModelWithoutClassesGivesFeatures() {
    Cli run = export("--allow", "head.*", "--json", "MODEL.NUM_CLASSES", "0");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().get("result").asText()).isEqualTo("features");
  }

  @Test
  void freshWeightsAreSaidToBeFresh() {
    Cli run =
        Cli.done("export", "--model", "cvt-tiny-32", "-o", folder.resolve("fresh.onnx"), "--json");
    assertThat(run.err()).contains("fresh weights");
    assertThat(folder.resolve("fresh.onnx")).exists();
  }

  @Test
  void aModelThatAnswersNoNumberIsNotKept() throws IOException {
    StateDict weights = Safetensors.read(WEIGHTS);
    Map<String, HostTensor> tensors = new LinkedHashMap<>(weights.tensors());
    float[] bias = weights.get("head.bias").toFloats();
    bias[3] = Float.NaN;
    tensors.put("head.bias", HostTensor.of(bias, bias.length));
    Path damaged = folder.resolve("damaged.safetensors");
    Safetensors.write(damaged, new StateDict(tensors));
    Path output = Files.writeString(folder.resolve("m.onnx"), "what stood here");

    assertThat(Cli.cvt("export", "--model", MODEL, "--weights", damaged, "-o", output).refusal())
        .contains("differs by NaN", "not kept");
    assertThat(output).hasContent("what stood here");
    assertThat(folder.toFile().list()).containsOnly("damaged.safetensors", "m.onnx");
  }

  @Test
  void badWordsAndPlacesAreToldInALine() throws IOException {
    assertThat(export("--size", "1").refusal()).contains("stage 0");
    assertThat(export("--size", "big").refusal()).contains("image size 'big'");
    assertThat(export("--dtype", "int4").refusal()).contains("--dtype", "int4");
    assertThat(export("--dynamic-size", "--with-preprocessing").refusal())
        .contains("one of the two");
    assertThat(export("--output", folder).refusal()).contains("--output", "only once");
    assertThat(refusedTo(folder)).contains("a folder; expected a file to write");
    assertThat(refusedTo(folder.resolve("missing").resolve("m.onnx")))
        .contains("there is no folder " + folder.resolve("missing"));
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThat(refusedTo(file.resolve("m.onnx"))).contains("m.onnx: cannot be written");
    assertThat(folder.toFile().list()).containsExactly("file");
  }

  @Test
  void aFolderThatCannotBeWrittenToIsTold() throws IOException {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    assumeThat(closed.toFile().setWritable(false)).isTrue();
    assumeThat(Files.isWritable(closed)).as("root writes anywhere").isFalse();
    assertThat(refusedTo(closed.resolve("m.onnx"))).contains("permission denied");
  }

  private static String refusedTo(Path output) {
    return Cli.refused("export", "--model", MODEL, "--weights", WEIGHTS, "-o", output);
  }

  @Test
  void whatIsNoModelIsRefusedByOnnxRuntimeInALine() throws IOException {
    Path junk = Files.writeString(folder.resolve("junk.onnx"), "not a model");
    try (OnnxSession session = OnnxSession.open(junk, 1)) {
      throw new AssertionError("junk was loaded as " + session.output());
    } catch (InvalidInputException e) {
      assertThat(e.getMessage().lines()).hasSize(1);
      assertThat(e).hasMessageContaining("junk.onnx: ONNX Runtime does not load it");
    }
  }

  /** ONNX Runtime 1.29 overflows a usual stack at some 4 KB of command line. */
  @Test
  void aLongCommandLineDoesNotEndTheJvm() throws Exception {
    Path log = folder.resolve("log");
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dpadding=" + "x".repeat(100_000),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "export",
                "--model",
                MODEL.toString(),
                "--weights",
                WEIGHTS.toString(),
                "-o",
                folder.resolve("m.onnx").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(child.waitFor()).as(() -> contents(log)).isZero();
    } finally {
      child.destroyForcibly();
    }
    assertThat(folder.resolve("m.onnx")).exists();
  }

  private static String contents(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void differencesAreRelativeToTheLargestAnswerAndNeverHideNaN() {
    float[] answers = {1, -4, 2};
    assertThat(ExportCheck.difference(answers, answers)).isZero();
    assertThat(ExportCheck.difference(answers, new float[] {1, -4, 2.4f}))
        .isCloseTo(0.1, within(1e-6));
    assertThat(ExportCheck.difference(answers, new float[] {1, Float.NaN, 2})).isNaN();
    assertThat(ExportCheck.difference(new float[] {Float.NaN}, new float[] {Float.NaN})).isNaN();
    assertThat(ExportCheck.difference(answers, new float[] {1, -4})).isNaN();
    assertThat(ExportCheck.difference(new float[2], new float[2])).isZero();
  }
}
