package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cvt4j.weights.DType;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizeCommandTest {

  private static final Path MODEL = Golden.path("tiny/a_default.yaml");
  private static final Path WEIGHTS = Golden.path("tiny/a_default.weights.safetensors");

  @TempDir private Path folder;

  private Path pictures;
  private Path output;

  @BeforeEach
  void data() throws IOException {
    pictures = Pictures.folders(folder.resolve("data"), "red", "green");
    output = folder.resolve("small.safetensors");
  }

  @Test
  void layersBecomeIntegersAndAnswersStay() {
    JsonNode result = quantize().json();
    assertThat(result.get("layers").asInt()).isPositive();
    assertThat(result.get("floats")).isEmpty();
    assertThat(result.get("pictures").asInt()).isEqualTo(8);
    assertThat(result.get("cosine").asDouble()).isBetween(0.98, 1 - 1e-9);

    ModelFile file = ModelFile.read(output);
    Quantization quantization = Quantization.of(file.weights());
    assertThat(quantization.inputs()).hasSize(result.get("layers").asInt());
    assertThat(quantization.calibration()).startsWith("8 pictures out of ");
    assertThat(file.provenance().createdBy()).endsWith(" quantize");
    assertThat(file.provenance().metrics()).isEmpty();
    assertThat(new ArrayList<>(quantization.inputs().keySet()).get(0))
        .isEqualTo("stage0.blocks.0.attn.proj_q");
    assertThat(file.provenance().source()).endsWith("a_default.weights.safetensors");
    assertThat(file.weights().get("stage0.blocks.0.mlp.fc1.weight").dtype()).isEqualTo(DType.I8);
    assertThat(file.weights().get("head.weight").dtype()).isEqualTo(DType.F32);
    JsonNode info = Cli.done("info", "--weights", output, "--json").json().get("quantization");
    assertThat(info.get("layers")).isEqualTo(result.get("layers"));
    assertThat(info.get("calibration").asText()).isEqualTo(quantization.calibration());
    assertThat(output.toFile().length()).isLessThan(WEIGHTS.toFile().length());
  }

  /** Nothing but the file is needed, and every verb takes it. */
  @Test
  void theFileIsAModelAsOthers() {
    quantize();
    Path picture = pictures.resolve("val/red/0.png");
    List<Double> floats = probabilities(picture, "--weights", WEIGHTS, "--model", MODEL);
    List<Double> integers = probabilities(picture, "--weights", output);
    List<Double> rounded = probabilities(picture, "--weights", output, "--dtype", "fp32");
    assertThat(integers).isNotEqualTo(floats).isNotEqualTo(rounded);
    for (int i = 0; i < floats.size(); i++) {
      assertThat(integers.get(i)).isCloseTo(floats.get(i), within());
      assertThat(rounded.get(i)).isCloseTo(floats.get(i), within());
    }

    Path wide = folder.resolve("wide.safetensors");
    Cli.done("convert", "--weights", output, "--output", wide);
    StateDict state = Safetensors.read(wide);
    assertThat(state.get("stage0.blocks.0.mlp.fc1.weight").dtype()).isEqualTo(DType.F32);
    assertThat(Quantization.of(state)).isEqualTo(Quantization.NONE);
    assertThat(probabilities(picture, "--weights", wide, "--dtype", "fp32")).isEqualTo(rounded);
  }

  @Test
  void onnxRuntimeComputesInIntegersToo() {
    quantize("--keep", "stage1.blocks.0.attn.*");
    Path onnx = folder.resolve("small.onnx");
    JsonNode result =
        Cli.done("export", "--weights", output, "--dtype", "int8", "--output", onnx, "--json")
            .json();
    assertThat(result.get("difference").asDouble()).isBetween(1e-9, 1e-4);
    Object[] withBytes = {
      "export", "--weights", output, "--dtype", "int8", "--with-preprocessing", "--output", onnx
    };
    Cli.done(withBytes);
    Path floats = folder.resolve("floats.onnx");
    JsonNode exact = Cli.done("export", "--weights", output, "--output", floats, "--json").json();
    assertThat(exact.get("difference").asDouble()).isLessThan(1e-4);
    assertThat(result.get("bytes").asLong()).isLessThan(exact.get("bytes").asLong());
    Object[] unquantized = {
      "export", "--weights", WEIGHTS, "--model", MODEL, "--dtype", "int8", "--output", onnx
    };
    assertThat(Cli.refused(unquantized)).contains("int8 needs weights that were quantized");
  }

  @Test
  void layersMayStayInFloats() {
    JsonNode result = quantize("--keep", "stage0.*", "--keep", "*.fc2").json();
    Quantization quantization = Quantization.of(Safetensors.read(output));
    assertThat(quantization.inputs().keySet())
        .isNotEmpty()
        .noneMatch(name -> name.startsWith("stage0.") || name.endsWith(".fc2"));
    assertThat(result.get("floats")).hasSizeGreaterThan(5);
    probabilities(pictures.resolve("val/red/0.png"), "--weights", output);
  }

  @Test
  void twoRunsGiveTheSameFile() throws IOException {
    quantize();
    byte[] first = Files.readAllBytes(output);
    quantize();
    StateDict again = Safetensors.read(output);
    Path before = Files.write(folder.resolve("first.safetensors"), first);
    Golden.assertSame(Safetensors.read(before), again);
    assertThat(Quantization.of(again)).isEqualTo(Quantization.of(Safetensors.read(before)));
  }

  @Test
  void badInputIsRefused() throws IOException {
    assertThat(Cli.refused("quantize", "--model", MODEL, "--output", output, pictures))
        .isEqualTo("cvt: quantize what? give --weights FILE");
    assertThat(refused("--pictures", 0)).contains("--pictures 0");
    assertThat(refused("--max-error", "NaN")).contains("--max-error NaN");
    assertThat(refused("--keep", "*")).contains("no layer is left to quantize");
    assertThat(refused("--keep", "stage7.*")).contains("--keep stage7.*: no layer is called so");
    assertThat(refused("--output", folder.resolve("no/q.safetensors")))
        .contains("there is no folder " + folder.resolve("no"));
    Path data = pictures;
    quantize();
    Object[] again = {"quantize", "--weights", output, "--output", folder.resolve("q"), data};
    assertThat(Cli.refused(again)).contains("quantized already");
    Files.delete(output);
    pictures = folder.resolve("nowhere");
    assertThat(refused()).contains("nowhere");
    pictures = WEIGHTS;
    assertThat(refused()).contains("a_default.weights.safetensors");
    assertThat(output).doesNotExist();
    Object[] unquantized = {
      "predict",
      "--weights",
      WEIGHTS,
      "--model",
      MODEL,
      "--dtype",
      "int8",
      "--engine",
      "fused",
      "x.png"
    };
    assertThat(Cli.refused(unquantized)).contains("int8 needs weights that were quantized");
  }

  private static Offset<Double> within() {
    return Offset.offset(0.05);
  }

  private List<Object> words(Object... more) {
    List<Object> words =
        new ArrayList<>(
            List.of("quantize", "--weights", WEIGHTS, "--model", MODEL, "--output", output));
    words.addAll(List.of("--pictures", 8));
    words.addAll(List.of(more));
    words.add(pictures);
    return words;
  }

  private Cli quantize(Object... more) {
    List<Object> words = words(more);
    words.add("--json");
    return Cli.done(words.toArray());
  }

  private String refused(Object... more) {
    List<Object> words = words(more);
    if (more.length > 0 && more[0].equals("--pictures")) {
      words.subList(7, 9).clear();
    }
    if (more.length > 0 && more[0].equals("--output")) {
      words.subList(5, 7).clear();
    }
    return Cli.refused(words.toArray());
  }

  private static List<Double> probabilities(Path picture, Object... more) {
    List<Object> words = new ArrayList<>(List.of("predict", "--json", "--top", 10, picture));
    words.addAll(List.of(more));
    List<Double> byClass = new ArrayList<>();
    JsonNode predictions = Cli.done(words.toArray()).json().get("predictions");
    double[] values = new double[predictions.size()];
    for (JsonNode prediction : predictions) {
      values[prediction.get("index").asInt()] = prediction.get("probability").asDouble();
    }
    for (double value : values) {
      byClass.add(value);
    }
    return byClass;
  }
}
