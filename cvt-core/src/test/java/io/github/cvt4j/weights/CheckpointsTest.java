package io.github.cvt4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CheckpointsTest {

  @TempDir Path folder;

  static Stream<Arguments> goodFiles() {
    return Golden.csv("ckpt/good.csv").stream()
        .filter(row -> !row.get("expected_values").equals("mini"))
        .map(row -> Arguments.of(row.get("file"), row.get("expected_values")));
  }

  @ParameterizedTest
  @MethodSource("goodFiles")
  void readsEveryGoodFileToItsValues(String file, String values) {
    StateDict expected =
        switch (values) {
          case "f16", "bf16" -> Golden.read("ckpt/expected_" + values + ".safetensors");
          default -> Golden.read("tiny/a_default.weights.safetensors");
        };
    StateDict read = Checkpoints.read(Golden.path("ckpt/good/" + file));
    boolean paddle = file.startsWith("passl");
    Map<String, HostTensor> actual = paddle ? fromPassl(read) : withoutPrefix(read);
    for (String name : expected.names()) {
      if (paddle && name.endsWith("num_batches_tracked")) {
        continue;
      }
      HostTensor want = expected.get(name);
      assertThat(actual).containsKey(name);
      HostTensor have = actual.remove(name);
      assertThat(have.shape()).as(name).isEqualTo(want.shape());
      if (want.dtype().isFloat()) {
        assertThat(have.toFloats()).as(name).isEqualTo(want.toFloats());
      } else {
        assertThat(have.dtype()).as(name).isEqualTo(want.dtype());
        assertThat(have.toLongs()).as(name).isEqualTo(want.toLongs());
      }
    }
    assertThat(actual).isEmpty();
  }

  @Test
  void keepsTheFilesOwnTypes() {
    assertThat(dtype("bfloat16.zip.pth", "head.weight")).isEqualTo(DType.BF16);
    assertThat(dtype("half.legacy.pth", "head.weight")).isEqualTo(DType.F16);
    assertThat(dtype("float64.zip.pth", "head.weight")).isEqualTo(DType.F64);
    assertThat(dtype("passl_p4.pdparams", "head.fc_cls.weight")).isEqualTo(DType.F32);
  }

  @Test
  void readsAViewOfAStorage() {
    HostTensor tensor = Checkpoints.read(Golden.path("ckpt/good/mini_view.zip.pth")).get("w");
    assertThat(tensor.shape()).containsExactly(2, 3);
    assertThat(tensor.toFloats()).containsExactly(1, 5, 9, 2, 6, 10);
  }

  @Test
  void readsWhatTheHubHolds() {
    StateDict expected = Golden.read("hf/model.safetensors");
    StateDict state = Checkpoints.read(Golden.path("hf/pytorch_model.bin"));
    assertThat(state.names()).containsExactlyInAnyOrderElementsOf(expected.names());
    for (String name : expected.names()) {
      assertThat(state.get(name).data()).as(name).isEqualTo(expected.get(name).data());
      assertThat(state.get(name).shape()).as(name).isEqualTo(expected.get(name).shape());
    }
  }

  static Stream<String> badFiles() {
    return Golden.csv("ckpt/bad.csv").stream()
        .filter(row -> row.get("expectation").equals("reject"))
        .map(row -> row.get("file"));
  }

  @ParameterizedTest
  @MethodSource("badFiles")
  void refusesEveryBadFileInOneLine(String file) {
    Path path = Golden.path("ckpt/bad/" + file);
    assertThatThrownBy(() -> Checkpoints.read(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(path + ": ")
        .message()
        .hasLineCount(1)
        .hasSizeLessThan(path.toString().length() + 300);
    assertThat(Path.of("pwned.txt")).doesNotExist();
  }

  static Stream<String> unclearFiles() {
    return Golden.csv("ckpt/bad.csv").stream()
        .filter(row -> row.get("expectation").equals("accept_or_reject"))
        .map(row -> row.get("file"))
        .filter(file -> !file.startsWith("model_") && !file.equals("numpy_big_endian.pdparams"));
  }

  @ParameterizedTest
  @MethodSource("unclearFiles")
  void refusesWhatItCouldOnlyGuess(String file) {
    assertThatThrownBy(() -> Checkpoints.read(Golden.path("ckpt/bad/" + file)))
        .isInstanceOf(CheckpointException.class);
  }

  @Test
  void swapsBigEndianArrays() {
    StateDict state = Checkpoints.read(Golden.path("ckpt/bad/numpy_big_endian.pdparams"));
    assertThat(state.tensors()).hasSize(1);
    HostTensor tensor = state.tensors().values().iterator().next();
    assertThat(tensor.shape()).containsExactly(2, 3);
    assertThat(tensor.toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
  }

  @Test
  void namesTheProblemWithThePath() throws IOException {
    Path text = Files.writeString(folder.resolve("notes.pth"), "these are not weights");
    Path empty = Files.createFile(folder.resolve("empty.pth"));
    assertThatThrownBy(() -> Checkpoints.read(text))
        .hasMessage(
            text
                + ": unknown format, expected safetensors, PyTorch (.pth, .pt, .bin) or Paddle"
                + " (.pdparams)");
    assertThatThrownBy(() -> Checkpoints.read(empty)).hasMessageContaining("is empty");
    assertThatThrownBy(() -> Checkpoints.read(folder)).hasMessageContaining("is a folder");
    assertThatThrownBy(() -> Checkpoints.read(folder.resolve("none.pth")))
        .hasMessageContaining("no such file");
  }

  @Test
  void refusesAFileWithoutTensors() {
    Path path = folder.resolve("none.safetensors");
    Safetensors.write(path, new StateDict(Map.of()));
    assertThatThrownBy(() -> Checkpoints.read(path)).hasMessage(path + ": holds no tensors");
  }

  private static DType dtype(String file, String name) {
    return Checkpoints.read(Golden.path("ckpt/good/" + file)).get(name).dtype();
  }

  private static Map<String, HostTensor> withoutPrefix(StateDict state) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    state.tensors().forEach((name, tensor) -> tensors.put(name.replace("module.", ""), tensor));
    return tensors;
  }

  private static Map<String, HostTensor> fromPassl(StateDict state) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>(state.tensors());
    for (Map<String, String> row : Golden.csv("ckpt/passl_key_map.csv")) {
      HostTensor tensor = tensors.remove(row.get("passl"));
      assertThat(tensor).as(row.get("passl")).isNotNull();
      tensors.put(
          row.get("microsoft"), row.get("transposed").equals("1") ? transposed(tensor) : tensor);
    }
    return tensors;
  }

  private static HostTensor transposed(HostTensor tensor) {
    int rows = (int) tensor.shape()[0];
    int columns = (int) tensor.shape()[1];
    float[] in = tensor.toFloats();
    float[] out = new float[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i % columns * rows + i / columns] = in[i];
    }
    return HostTensor.of(out, columns, rows);
  }
}
