package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvertCommandTest {

  private static final Path MODEL = Golden.path("tiny/a_default.yaml");
  private static final Path WEIGHTS = Golden.path("tiny/a_default.weights.safetensors");

  @TempDir private Path folder;

  @Test
  void huggingFaceToOursAndBackChangesNoBit() throws IOException {
    Path ours = folder.resolve("ours.safetensors");
    Path back = Files.createDirectory(folder.resolve("hf")).resolve("model.safetensors");
    Cli.done("convert", "--weights", Golden.path("hf/model.safetensors"), "--output", ours);
    Golden.assertSame(Safetensors.read(ours), Golden.read("hf/microsoft.weights.safetensors"));
    Cli.done("convert", "--weights", ours, "--to", "hf", "--output", back);

    StateDict original = Golden.read("hf/model.safetensors");
    Golden.assertSame(Safetensors.read(back), original);
    assertThat(Safetensors.readMetadata(back)).isEqualTo(original.metadata());
    assertThat(back.resolveSibling("config.json")).content().contains("\"cvt\"");
    assertThat(back.resolveSibling("preprocessor_config.json")).exists();
    // The folder stands on its own: the model is found again from its config.json.
    assertThat(Cli.done("info", "--weights", back, "--json").json().get("parameters"))
        .isEqualTo(Cli.done("info", "--weights", ours, "--json").json().get("parameters"));
  }

  @ParameterizedTest
  @CsvSource({
    "ckpt/good/train_checkpoint.zip.pth, tiny/a_default.weights.safetensors",
    "ckpt/good/views.legacy.pth, tiny/a_default.weights.safetensors",
    "tiny/a_default.weights.safetensors, tiny/a_default.weights.safetensors"
  })
  void torchCheckpointsBecomeOursWithoutAChange(String from, String expected) {
    Path ours = folder.resolve("ours.safetensors");
    convert(Golden.path(from), ours);
    Golden.assertSame(Safetensors.read(ours), Golden.read(expected));
  }

  @Test
  void paddleCheckpointsBecomeOursWithCountersThatPaddleDoesNotKeep() {
    Path ours = folder.resolve("ours.safetensors");
    convert(Golden.path("ckpt/good/passl_p2.pdparams"), ours);
    StateDict expected = Golden.read("tiny/a_default.weights.safetensors");
    StateDict converted = Safetensors.read(ours);
    assertThat(converted.names()).containsExactlyInAnyOrderElementsOf(expected.names());
    assertThat(converted.tensors())
        .allSatisfy(
            (name, tensor) -> {
              if (name.endsWith(".num_batches_tracked")) {
                assertThat(tensor.toLongs()).containsExactly(0);
              } else {
                assertThat(tensor.data()).as(name).isEqualTo(expected.get(name).data());
              }
            });
  }

  @Test
  void oursNeedsNoModelAndSaysWhereItIsFrom() {
    Path ours = folder.resolve("ours.safetensors");
    convert(Golden.path("ckpt/good/state_dict.zip.pth"), ours);
    JsonNode info = Cli.done("info", "--weights", ours, "--json").json();
    JsonNode named = Cli.done("info", "--model", MODEL, "--json").json();
    assertThat(info.get("parameters")).isEqualTo(named.get("parameters"));
    assertThat(info.get("size").asText()).isEqualTo("64x64");
    assertThat(info.get("classes").asInt()).isEqualTo(10);
    assertThat(info.get("provenance").get("source").asText()).endsWith("state_dict.zip.pth");
  }

  @Test
  void overridesGoIntoTheFile() {
    Path ours = folder.resolve("ours.safetensors");
    Cli.done(
        "convert", "--model", MODEL, "--weights", WEIGHTS, "-o", ours, "MODEL.SPEC.ACT", "gelu");
    assertThat(Safetensors.readMetadata(ours).toString()).containsIgnoringCase("\"gelu\"");
  }

  @Test
  void anotherModelsWeightsAreRefusedWithAListOfWhatDiffers() {
    Path ours = folder.resolve("ours.safetensors");
    Path other = Golden.path("tiny/h_two_stage.weights.safetensors");
    Cli run = Cli.cvt("convert", "--model", MODEL, "--weights", other, "--output", ours);
    assertThat(run.firstLineOfRefusal())
        .matches(
            "cvt: the weights are not this model's: \\d+ missing, \\d+ unexpected, \\d+ of another shape or type");
    assertThat(run.err().lines().skip(1))
        .hasSizeBetween(2, 25)
        .allSatisfy(line -> assertThat(line).matches("  ([-+] .+|and \\d+ more lines)"))
        .anySatisfy(line -> assertThat(line).startsWith("  - stage"));
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatMayDifferIsLeftOut() {
    Path ours = folder.resolve("ours.safetensors");
    String[] classes = {"MODEL.NUM_CLASSES", "3"};
    Cli refused =
        Cli.cvt(
            "convert", "--model", MODEL, "--weights", WEIGHTS, "-o", ours, classes[0], classes[1]);
    refused.firstLineOfRefusal();
    assertThat(refused.err())
        .contains("- head.weight float[3, 28]", "+ head.weight F32[10, 28]")
        .contains("- head.bias float[3]", "+ head.bias F32[10]");
    assertThat(folder).isEmptyDirectory();
    // A file without a head would load into nothing that has one.
    assertThat(allowingTheHead(ours, 3).refusal()).contains("head.weight").contains("be whole");
    assertThat(folder).isEmptyDirectory();
    assertThat(allowingTheHead(ours, 0).code()).isZero();
    assertThat(Safetensors.read(ours).names())
        .hasSize(Golden.read("tiny/a_default.weights.safetensors").names().size() - 2)
        .noneMatch(name -> name.startsWith("head"));
  }

  private static Cli allowingTheHead(Path output, int classes) {
    return Cli.cvt(
        "convert",
        "--model",
        MODEL,
        "--weights",
        WEIGHTS,
        "--allow",
        "head.*",
        "-o",
        output,
        "MODEL.NUM_CLASSES",
        classes);
  }

  @ParameterizedTest
  @CsvSource({"cvt4j", "hf"})
  void aMissingOutputFolderIsToldAndNotMade(String target) {
    Path output = folder.resolve("missing").resolve("model.safetensors");
    assertThat(
            Cli.refused(
                "convert", "--model", MODEL, "--weights", WEIGHTS, "--to", target, "-o", output))
        .contains(output.toString());
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void weightsAreRequired() {
    assertThat(Cli.refused("convert", "--model", MODEL, "-o", folder.resolve("x")))
        .contains("--weights");
  }

  private static void convert(Path from, Path to) {
    Cli.done("convert", "--model", MODEL, "--weights", from, "--output", to);
  }
}
