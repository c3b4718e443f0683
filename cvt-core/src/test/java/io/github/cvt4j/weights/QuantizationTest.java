package io.github.cvt4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.weights.Quantization.Range;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights in integers: what a file holds of them and what comes back. */
class QuantizationTest {

  private static final String LAYER = "stage0.blocks.0.mlp.fc1";

  private static final Quantization FC1 =
      new Quantization(Map.of(LAYER, new Range(-0.25f, 4)), "two pictures");

  private static final StateDict FLOATS =
      new StateDict(
          Map.of(
              LAYER + ".weight",
              HostTensor.of(new float[] {0.5f, -1, 0.26f, 0, 0, 0, 1e-3f, 2e-3f, -2.54e-3f}, 3, 3),
              LAYER + ".bias",
              HostTensor.of(new float[] {1, 2, 3}, 3)));

  @TempDir private Path folder;

  @Test
  void eachRowHasAScaleOnWhichItReaches127() {
    StateDict narrow = FC1.narrow(FLOATS);
    HostTensor numbers = narrow.get(LAYER + ".weight");
    assertThat(numbers.dtype()).isEqualTo(DType.I8);
    assertThat(numbers.toLongs()).containsExactly(64, -127, 33, 0, 0, 0, 50, 100, -127);
    assertThat(narrow.get(LAYER + ".weight_scale").toFloats())
        .containsExactly(1f / 127, 1f, 2.54e-3f / 127);
    assertThat(narrow.get(LAYER + ".bias").dtype()).isEqualTo(DType.F32);
  }

  @Test
  void aFileGivesTheSameNumbersAgain() {
    Path file = folder.resolve("q.safetensors");
    Safetensors.write(file, FC1.narrow(FLOATS));
    StateDict read = Safetensors.read(file);
    assertThat(Quantization.of(read)).isEqualTo(FC1);
    StateDict wide = FC1.widen(read);
    assertThat(wide.names()).containsExactlyInAnyOrderElementsOf(FLOATS.names());
    assertThat(wide.get(LAYER + ".weight").toFloats())
        .containsExactly(
            64f / 127,
            -1,
            33 * (1f / 127),
            0,
            0,
            0,
            50 * (2.54e-3f / 127),
            100 * (2.54e-3f / 127),
            -2.54e-3f);
    StateDict again = FC1.narrow(wide);
    assertThat(again.get(LAYER + ".weight").data()).isEqualTo(read.get(LAYER + ".weight").data());
  }

  @Test
  void othersSayNothing() {
    assertThat(Quantization.of(FLOATS)).isEqualTo(Quantization.NONE);
    assertThat(Quantization.NONE.widen(FLOATS)).isEqualTo(FLOATS);
  }

  @Test
  void whatIsDamagedIsRefused() {
    StateDict narrow = FC1.narrow(FLOATS);
    Map<String, HostTensor> tensors = new LinkedHashMap<>(narrow.tensors());
    tensors.put(LAYER + ".weight_scale", HostTensor.of(new float[2], 2));
    assertThatThrownBy(() -> FC1.widen(new StateDict(tensors)))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "tensor '%s.weight' is I8[3, 3] with scales F32[2]: expected I8 [out, in] with F32 [out]",
            LAYER);
    tensors.remove(LAYER + ".weight_scale");
    assertThatThrownBy(() -> FC1.widen(new StateDict(tensors)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no tensor '" + LAYER + ".weight_scale'");
    assertThatThrownBy(() -> FC1.widen(FLOATS)).isInstanceOf(CheckpointException.class);
    for (String text : new String[] {"", "null", "[]", "{\"inputs\": {}}", "{\"inputs\": 3"}) {
      StateDict damaged = FLOATS.withMetadata(Map.of("cvt4j.quantization", text));
      assertThatThrownBy(() -> Quantization.of(damaged))
          .as(text)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("cvt4j.quantization");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.5, 1",
    "-1, -0.5",
    "NaN, 1",
    "-1, Infinity",
    "-Infinity, 1",
    "1, -1",
    "0, 1e-45"
  })
  void aRangeIsFiniteAndHasZero(float low, float high) {
    assertThatThrownBy(() -> new Range(low, high))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected finite ends with 0 between them");
  }
}
