package io.github.cvt4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {

  @TempDir Path folder;

  @Test
  void readsShapesTypesAndValues() {
    StateDict state = Golden.read("ckpt/good/mini.safetensors");
    assertThat(state.names()).containsExactly("a", "b");
    assertThat(state.get("a").shape()).containsExactly(2, 3);
    assertThat(state.get("a").toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(state.get("b").toFloats()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void readsEmptyTensorsAndScalars() {
    StateDict state = Golden.read("ckpt/good/mini_empty.safetensors");
    assertThat(state.get("a").shape()).containsExactly(0, 3);
    assertThat(state.get("a").toFloats()).isEmpty();
    assertThat(state.get("b").shape()).isEmpty();
    assertThat(state.get("b").toFloats()).containsExactly(2.5f);
    assertThat(state.metadata()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"f32_unsorted_unaligned", "f64"})
  void readsEveryLayoutToTheSameFloats(String name) {
    StateDict expected = Golden.read("tiny/a_default.weights.safetensors");
    StateDict state = Golden.read("ckpt/good/" + name + ".safetensors");
    assertThat(state.names()).containsExactlyInAnyOrderElementsOf(expected.names());
    for (String key : expected.names()) {
      if (expected.get(key).dtype().isFloat()) {
        assertThat(state.get(key).toFloats()).as(key).isEqualTo(expected.get(key).toFloats());
      } else {
        assertThat(state.get(key).toLongs()).as(key).isEqualTo(expected.get(key).toLongs());
      }
    }
  }

  @Test
  void readsMetadataAlone() {
    assertThat(Safetensors.readMetadata(Golden.path("tiny/a_default.weights.safetensors")))
        .containsEntry("activation", "quick_gelu")
        .isEqualTo(Golden.read("tiny/a_default.weights.safetensors").metadata());
  }

  static Stream<String> badFiles() {
    return Golden.csv("ckpt/bad.csv").stream()
        .map(row -> row.get("file"))
        .filter(file -> file.startsWith("st_"));
  }

  @ParameterizedTest
  @MethodSource("badFiles")
  void refusesBadFilesInOneLine(String file) {
    assertThatThrownBy(() -> Golden.read("ckpt/bad/" + file))
        .isInstanceOf(CheckpointException.class)
        .message()
        .contains(file)
        .doesNotContain("\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4],'extra':1}}",
        "{'a':{'dtype':'F32','shape':[1],'shape':[1],'data_offsets':[0,4]}}",
        "{'a':{'dtype':'F32','shape':[1e0],'data_offsets':[0,4]}}",
        "{'a':{'dtype':'f32','shape':[1],'data_offsets':[0,4]}}",
        "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}",
        "{'a':{'dtype':'F32','shape':[[1]],'data_offsets':[0,4]}}",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,99999999999999999999]}}",
        "{'a':{'dtype':'F32','shape':[0,9223372036854775807,9],'data_offsets':[0,0]}}",
        "{'a':{'dtype':'F32','shape':null,'data_offsets':[0,4]}}",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},}",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}\u0000",
        "{'\\ud800':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}",
        "{'__metadata__':{'k':null},'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}",
        "{'__metadata__':[],'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}",
        " {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}",
        "{}",
      })
  void refusesHeadersThatBreakARule(String header) throws IOException {
    Path file = file(header.replace('\'', '"').getBytes(StandardCharsets.UTF_8), new byte[4]);
    assertThatThrownBy(() -> Safetensors.read(file)).isInstanceOf(CheckpointException.class);
  }

  @Test
  void refusesHeadersInUtf16() throws IOException {
    byte[] header =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
            .getBytes(StandardCharsets.UTF_16LE);
    Path file = file(header, new byte[4]);
    assertThatThrownBy(() -> Safetensors.read(file)).isInstanceOf(CheckpointException.class);
  }

  @Test
  void takesAHundredThousandTensorsWithoutAMappingEach() throws IOException {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < 100_000; i++) {
      header.append(i == 0 ? "" : ",");
      header.append(
          "\"%d\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}"
              .formatted(i, i, i + 1));
    }
    byte[] data = new byte[100_000];
    data[99_999] = 7;
    StateDict state =
        Safetensors.read(
            file(header.append('}').toString().getBytes(StandardCharsets.UTF_8), data));
    assertThat(state.names()).hasSize(100_000);
    assertThat(state.get("99999").toLongs()).containsExactly(7);
  }

  @Test
  void writesWhatItReads() {
    StateDict state = Golden.read("ckpt/good/bf16.safetensors").withMetadata(Map.of("k", "é\n\"✓"));
    Path file = folder.resolve("copy.safetensors");
    Safetensors.write(file, state);
    StateDict copy = Safetensors.read(file);
    assertThat(copy.names()).containsExactlyInAnyOrderElementsOf(state.names());
    assertThat(copy.metadata()).isEqualTo(state.metadata());
    for (String key : state.names()) {
      assertThat(copy.get(key).dtype()).as(key).isEqualTo(state.get(key).dtype());
      assertThat(copy.get(key).shape()).as(key).isEqualTo(state.get(key).shape());
      assertThat(copy.get(key).data()).as(key).isEqualTo(state.get(key).data());
    }
  }

  @Test
  void writesTheSameBytesWhateverTheOrderAndAlignsNaturally() throws IOException {
    HostTensor bytes = HostTensor.of(new byte[] {1, 2, 3}, 3);
    HostTensor floats = HostTensor.of(new float[] {1, 2}, 2);
    HostTensor longs = HostTensor.of(new long[] {9});
    Map<String, HostTensor> one = new LinkedHashMap<>();
    one.put("a", bytes);
    one.put("b", floats);
    one.put("c", longs);
    Map<String, HostTensor> other = new LinkedHashMap<>();
    other.put("c", longs);
    other.put("b", floats);
    other.put("a", bytes);
    Path first = folder.resolve("one");
    Path second = folder.resolve("other");
    Safetensors.write(first, new StateDict(one));
    Safetensors.write(second, new StateDict(other));
    byte[] written = Files.readAllBytes(first);
    assertThat(written).isEqualTo(Files.readAllBytes(second));
    long header = ByteBuffer.wrap(written).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(header % 8).isZero();
    assertThat(Safetensors.read(first).names()).containsExactly("c", "b", "a");
  }

  @Test
  void replacesTheFileItWasReadFromAndLeavesNothingElse() throws IOException {
    Path file = folder.resolve("w.safetensors");
    Files.copy(Golden.path("ckpt/good/mini.safetensors"), file);
    StateDict state = Safetensors.read(file);
    Safetensors.write(file, state);
    assertThat(Safetensors.read(file).get("a").toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(state.get("a").toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.toList()).containsExactly(file);
    }
  }

  @Test
  void saysWhereItCannotWrite() throws IOException {
    Path target = Files.createDirectory(folder.resolve("taken"));
    Files.createFile(target.resolve("inside"));
    StateDict state = new StateDict(Map.of("a", HostTensor.of(new float[1], 1)));
    for (Path path : List.of(target, folder.resolve("missing/w.safetensors"))) {
      assertThatThrownBy(() -> Safetensors.write(path, state))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(path + ": cannot be written");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.toList()).containsExactly(target);
    }
  }

  @Test
  void neverWritesATensorUnderTheReservedName() {
    StateDict state = new StateDict(Map.of("__metadata__", HostTensor.of(new float[1], 1)));
    Path file = folder.resolve("w.safetensors");
    assertThatThrownBy(() -> Safetensors.write(file, state))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("__metadata__");
    assertThat(file).doesNotExist();
  }

  @Test
  void refusesFoldersAndMissingFiles() {
    assertThatThrownBy(() -> Safetensors.read(folder)).hasMessageContaining("is a folder");
    assertThatThrownBy(() -> Safetensors.read(folder.resolve("none")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no such file");
  }

  private Path file(byte[] header, byte[] data) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(header.length).put(header).put(data);
    return Files.write(folder.resolve("made.safetensors"), bytes.array());
  }
}
