package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FeaturesCommandTest {

  private static final String DEFAULT = "tiny/a_default";

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
  void stagesPreLogitsAndLogitsAreThoseOfTheOriginal(String name) {
    StateDict golden = Golden.read("tiny/" + name + ".golden.safetensors");
    List<Object> words =
        new ArrayList<>(
            List.of(
                "--model",
                Golden.path("tiny/" + name + ".yaml"),
                "--weights",
                Golden.path("tiny/" + name + ".weights.safetensors")));
    if (golden.metadata().get("activation").equals("gelu")) {
      words.addAll(List.of("MODEL.SPEC.ACT", "gelu"));
    }
    StateDict features = features(golden.get("input"), words);

    int stages = features.names().size() - 2;
    for (int i = 0; i < stages; i++) {
      Golden.assertClose("stage" + i, features.get("stage" + i), golden.get("stage" + i + ".out"));
    }
    assertThat(golden.names()).doesNotContain("stage" + stages + ".out");
    Golden.assertClose("pre_logits", features.get("pre_logits"), golden.get("prelogits"));
    Golden.assertClose("logits", features.get("logits"), golden.get("logits"));
  }

  @Test
  void oneImageKeepsItsBatchAxis() {
    StateDict golden = Golden.read(DEFAULT + ".golden.safetensors");
    StateDict features =
        features(golden.get("input_b1"), defaultModel("tiny/a_default.weights.safetensors"));
    Golden.assertClose("logits", features.get("logits"), golden.get("logits_b1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "pytorch_model.bin"})
  void huggingFaceFoldersNeedNoModelAndUseExactGelu(String file) {
    StateDict golden = Golden.read("hf/golden.safetensors");
    StateDict features =
        features(golden.get("input"), List.of("--weights", Golden.path("hf/" + file)));
    for (int i = 0; i < 3; i++) {
      Golden.assertClose("stage" + i, features.get("stage" + i), golden.get("hidden_states." + i));
    }
    Golden.assertClose("logits", features.get("logits"), golden.get("logits"));
  }

  @Test
  void theActivationCanBeOverridden() {
    StateDict golden = Golden.read("hf/golden.safetensors");
    StateDict features =
        features(
            golden.get("input"),
            List.of(
                "--weights",
                Golden.path("hf/model.safetensors"),
                "--set",
                "MODEL.SPEC.ACT",
                "quick_gelu"));
    Golden.assertClose("logits", features.get("logits"), golden.get("microsoft.logits_quick_gelu"));
  }

  static Stream<String> wholeModels() {
    return Golden.csv("ckpt/good.csv", 4).stream()
        .filter(row -> row[2].equals("f32"))
        .map(row -> row[0]);
  }

  @ParameterizedTest
  @MethodSource("wholeModels")
  void checkpointsOfEveryFormatGiveTheGoldenLogits(String file) {
    StateDict golden = Golden.read(DEFAULT + ".golden.safetensors");
    StateDict features = features(golden.get("input"), defaultModel("ckpt/good/" + file));
    Golden.assertClose("logits", features.get("logits"), golden.get("logits"));
  }

  static Stream<String> roundedModels() {
    return Golden.csv("ckpt/good.csv", 4).stream()
        .filter(row -> row[2].equals("f16") || row[2].equals("bf16"))
        .map(row -> row[2] + " " + row[0]);
  }

  @ParameterizedTest
  @MethodSource("roundedModels")
  void halfPrecisionCheckpointsGiveTheLogitsOfTheirRoundedValues(String typeAndFile) {
    String[] words = typeAndFile.split(" ", 2);
    HostTensor input = Golden.read(DEFAULT + ".golden.safetensors").get("input");
    StateDict expected =
        features(input, defaultModel("ckpt/expected_" + words[0] + ".safetensors"));
    StateDict features = features(input, defaultModel("ckpt/good/" + words[1]));
    Golden.assertSame(features, expected);
  }

  @Test
  void anInputOfAnotherShapeIsRefused() {
    Path input = folder.resolve("x.safetensors");
    Path output = folder.resolve("y.safetensors");
    Safetensors.write(
        input, new StateDict(Map.of("input", HostTensor.of(new float[64 * 64], 1, 1, 64, 64))));
    assertThat(Cli.refused("features", "--model", "cvt-tiny-32", "-i", input, "-o", output))
        .contains("'input' is F32[1, 1, 64, 64]; expected floats [N, 3, H, W]");
    assertThat(output).doesNotExist();
  }

  private static List<Object> defaultModel(String weights) {
    return List.of("--model", Golden.path(DEFAULT + ".yaml"), "--weights", Golden.path(weights));
  }

  private StateDict features(HostTensor images, List<Object> model) {
    Path input = folder.resolve("x.safetensors");
    Path output = folder.resolve("y.safetensors");
    Safetensors.write(input, new StateDict(Map.of("input", images)));
    List<Object> words = new ArrayList<>(List.of("features", "--threads", 1));
    words.addAll(List.of("--input", input, "--output", output));
    words.addAll(model);
    Cli.done(words.toArray());
    return Safetensors.read(output);
  }
}
