package io.github.cvt4j.app;

import io.github.cvt4j.infer.EagerNetwork;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.onnx.OnnxModel;
import io.github.cvt4j.onnx.OnnxOptions;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "export",
    description = {
      "Writes a model as ONNX, for other programs. Before it is kept, ONNX Runtime has to give the"
          + " same answers as the network."
    },
    footer = {
      "",
      "Example: ./cvt export --weights model.safetensors --output model.onnx",
      "         ./cvt export --weights hf:microsoft/cvt-13 --output cvt-13.onnx --dynamic-size",
      "         ./cvt export --weights cvt-13.pth --model cvt-13 --size 384 --dtype fp16 \\",
      "             --output cvt-13-384.onnx"
    })
final class ExportCommand implements Runnable {

  @Mixin private Common common;
  @Mixin private ModelOptions model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "ONNX model to write.")
  private Path output;

  @Option(
      names = "--size",
      paramLabel = "SIZE|HEIGHTxWIDTH",
      description = "Of pictures (default: the one that the model is meant for).")
  private String size;

  @Option(
      names = "--dynamic-size",
      description = "Leaves height and width free; the batch always is.")
  private boolean dynamicSize;

  @Option(
      names = "--with-preprocessing",
      description =
          "Takes pictures as bytes [batch, height, width, 3] of any size and resizes, crops and"
              + " normalises them inside.")
  private boolean preprocessing;

  @Option(
      names = "--dtype",
      defaultValue = "FP32",
      paramLabel = "fp32|fp16|int8",
      description =
          "fp16: half the size, for processors that compute in it; int8: for weights that ./cvt"
              + " quantize made. Input and output stay fp32.")
  private OnnxOptions.Precision dtype;

  @Option(
      names = "--external-data",
      description =
          "Puts weights into FILE.data beside the model; beyond 2 GB that is done anyway.")
  private boolean externalData;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Of fresh weights, where none are given (default: 0).")
  private long seed;

  @Parameters(paramLabel = "KEY VALUE", description = "Keys of the experiment to override.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public void run() {
    LoadedModel loaded = model.open(overrides, seed);
    Size pictures = size == null ? loaded.spec().imageSize() : Size.parse(size);
    loaded = loaded.withPreprocess(loaded.preprocess().withSize(pictures));
    if (!model.hasWeights()) {
      common.err().println("cvt: fresh weights (no --weights): its answers mean nothing");
    }
    OnnxOptions options =
        new OnnxOptions(pictures, dynamicSize, preprocessing, dtype, externalData);
    loaded.spec().grids(pictures); // refused before anything is built
    common.startEngine();
    Cvt cvt = loaded.build();
    try (Network network = new EagerNetwork(cvt);
        ExportFiles files = ExportFiles.toward(output)) {
      Map<String, String> quantization = loaded.weights().map(StateDict::metadata).orElse(Map.of());
      StateDict weights = new StateDict(cvt.parameters().shared(), quantization);
      LoadedModel known = loaded.withProvenance(model.provenance(loaded, "export"));
      OnnxModel.of(known.file(weights), options).write(files.model());
      Map<String, Object> result =
          dtype == OnnxOptions.Precision.INT8
              ? checkedInIntegers(files.model(), known, options)
              : checked(files.model(), network, options, loaded.preprocess());
      files.keep();
      say(result);
    }
  }

  private Map<String, Object> checkedInIntegers(
      Path file, LoadedModel quantized, OnnxOptions options) {
    try (Network integers = quantized.portableIntegers()) {
      return checked(file, integers, options, quantized.preprocess());
    }
  }

  private Map<String, Object> checked(
      Path file, Network network, OnnxOptions options, Preprocess preprocess) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("output", output.toString());
    try (OnnxSession session = OnnxSession.open(file, common.threads())) {
      ExportCheck check = new ExportCheck(network, session, options);
      double difference = check.run(preprocess);
      result.put("bytes", bytes(file));
      result.put("opset", OnnxModel.OPSET);
      result.put("input", session.inputShape());
      result.put("result", session.output());
      result.put("difference", difference);
      result.put("tolerance", check.tolerance());
      result.put("onnxruntime", session.version());
    }
    return result;
  }

  private static long bytes(Path file) {
    Path data = OnnxModel.dataFile(file);
    try {
      return Files.size(file) + (Files.exists(data) ? Files.size(data) : 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void say(Map<String, Object> result) {
    if (common.json()) {
      common.printJson(result);
      return;
    }
    common
        .out()
        .println(
            String.format(
                Locale.ROOT,
                "%s: input %s, %s, %.1f MB; ONNX Runtime %s differs by %.1e of the largest answer",
                output,
                result.get("input"),
                result.get("result"),
                (long) result.get("bytes") / 1e6,
                result.get("onnxruntime"),
                (double) result.get("difference")));
  }
}
