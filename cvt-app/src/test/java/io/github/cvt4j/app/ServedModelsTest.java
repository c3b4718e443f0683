package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ServedModelsTest {

  @Command
  private static final class Verb {
    @Mixin private ServedModels models;
  }

  private static Map<String, ModelSource> sources(String... words) {
    Verb verb = new Verb();
    new CommandLine(verb).parseArgs(words);
    return verb.models.sources();
  }

  private static ModelSource source(String model, String weights) {
    return new ModelSource(
        Optional.ofNullable(model), List.of(), Optional.ofNullable(weights), List.of(), 0);
  }

  @Test
  void weightsAreCalledAsTheirFileUnlessNamed() {
    assertThat(sources("-w", "runs/pets.safetensors", "-w", "cats=runs/mine/best.safetensors"))
        .containsExactly(
            Map.entry("pets", source(null, "runs/pets.safetensors")),
            Map.entry("cats", source(null, "runs/mine/best.safetensors")));
  }

  @Test
  void oneModelAndOneFileBelongTogether() {
    assertThat(sources("-m", "cvt-13", "-w", "CvT-13-224x224-IN-1k.pth"))
        .containsExactly(
            Map.entry("CvT-13-224x224-IN-1k", source("cvt-13", "CvT-13-224x224-IN-1k.pth")));
  }

  @Test
  void namesTellWhichBelongTogether() {
    assertThat(sources("-w", "a=x.pth", "-w", "b=y.pth", "-m", "b=cvt-21", "-m", "a=cvt-13"))
        .containsExactly(
            Map.entry("a", source("cvt-13", "x.pth")), Map.entry("b", source("cvt-21", "y.pth")));
  }

  @Test
  void freshWeightsMustBeAskedFor() {
    assertThatThrownBy(() -> sources("-m", "cvt-13"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("no weights for model 'cvt-13'")
        .hasMessageContaining("--random-weights");
    assertThat(sources("-m", "cvt-13", "-m", "wide=cvt-w24", "--random-weights"))
        .containsExactly(
            Map.entry("cvt-13", source("cvt-13", null)),
            Map.entry("wide", source("cvt-w24", null)));
  }

  @Test
  void twoOfANameAreRefused() {
    assertThatThrownBy(() -> sources("-w", "a/best.safetensors", "-w", "b/best.safetensors"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("two models are called 'best'");
  }

  @Test
  void nothingToServeIsRefused() {
    assertThatThrownBy(() -> sources()).hasMessageContaining("serve what?");
  }

  @Test
  void aFileMayHaveAnEqualsSignInItsName(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("lr=0.1.safetensors"));
    assertThat(sources("-w", file.toString()))
        .containsExactly(Map.entry("lr-0.1", source(null, file.toString())));
  }

  @ParameterizedTest
  @CsvSource({
    "hf:microsoft/cvt-13, cvt-13",
    "hf:microsoft/cvt-13@main, cvt-13",
    "https://example.org/a/b.safetensors?download=true, b",
    "/models/Über.safetensors, ber",
    "..., model",
  })
  void namesAreFitForAddresses(String word, String name) {
    assertThat(ServedModels.shortName(word)).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "--port=70000, port 70000",
    "--queue=8, do not fit a queue of 8",
    "--max-batch=0, largest batch 0",
    "--host=, empty host",
    "--token-file=/nowhere/token, /nowhere/token",
  })
  void badSettingsAreToldInALine(String option, String message) {
    assertThat(Cli.refused("serve", "--model", "cvt-tiny-32", "--random-weights", option))
        .contains(message);
  }

  @Test
  void shortTokensAreRefused(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("token"), "short\n");
    assertThat(
            Cli.refused(
                "serve", "--model", "cvt-tiny-32", "--random-weights", "--token-file", file))
        .contains("a token of 5 characters");
  }
}
