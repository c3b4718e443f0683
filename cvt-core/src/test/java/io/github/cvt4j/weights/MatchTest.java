package io.github.cvt4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MatchTest {

  @Test
  void equalNamesAndShapesMatch() {
    StateDict given = Golden.read("tiny/a_default.weights.safetensors");
    assertThat(Match.strict(expected(), given, List.of()).keySet()).isEqualTo(given.names());
  }

  @Test
  void missingUnexpectedAndMisshapenTensorsAreNamed() {
    assertThatThrownBy(() -> match("model_missing_keys"))
        .hasMessageContaining("2 missing")
        .hasMessageContaining("- head.weight [10, 28]")
        .hasMessageContaining("- stage1.blocks.0.mlp.fc2.bias [20]");
    assertThatThrownBy(() -> match("model_extra_key"))
        .hasMessageContaining("1 unexpected")
        .hasMessageContaining("+ stage9.mystery.weight");
    assertThatThrownBy(() -> match("model_wrong_shape"))
        .hasMessageContaining("- stage2.blocks.0.mlp.fc1.weight float[112, 28]")
        .hasMessageContaining("+ stage2.blocks.0.mlp.fc1.weight F32[28, 112]");
    assertThatThrownBy(() -> match("model_int_weight"))
        .hasMessageContaining("- head.bias float[10]")
        .hasMessageContaining("+ head.bias I64[10]");
  }

  @Test
  void exceptionsAreNamedByPattern() {
    StateDict given = Golden.read("tiny/a_default.weights.safetensors");
    Map<String, long[]> expected = expected();
    expected.put("head.weight", new long[] {5, 28});
    expected.put("head.bias", new long[] {5});
    assertThatThrownBy(() -> Match.strict(expected, given, List.of("heads.*", "stage*")))
        .isInstanceOf(CheckpointException.class);
    assertThat(Match.strict(expected, given, List.of("head.*")))
        .hasSize(given.names().size() - 2)
        .doesNotContainKey("head.bias");
  }

  @Test
  void aDifferenceInTheHeadAloneSaysHowToAllowIt() {
    StateDict given = Golden.read("tiny/a_default.weights.safetensors");
    Map<String, long[]> expected = expected();
    expected.put("head.bias", new long[] {5});
    assertThatThrownBy(() -> Match.strict(expected, given, List.of()))
        .hasMessageContaining("allow 'head.*'");
    expected.put("norm.bias", new long[] {5});
    assertThatThrownBy(() -> Match.strict(expected, given, List.of()))
        .message()
        .doesNotContain("allow");
  }

  @Test
  void longReportsAreCutShort() {
    assertThatThrownBy(() -> Match.strict(expected(), new StateDict(Map.of()), List.of()))
        .hasMessageContaining("153 missing")
        .hasMessageContaining("and 133 more lines");
  }

  private static Map<String, HostTensor> match(String bad) {
    return Match.strict(expected(), Golden.read("ckpt/bad/" + bad + ".safetensors"), List.of());
  }

  private static Map<String, long[]> expected() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    Golden.read("tiny/a_default.weights.safetensors")
        .tensors()
        .forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }
}
