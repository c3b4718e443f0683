package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.Features;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "features",
    description = {
      "Tensors in, tensors out: 'input' [N,3,H,W] float32, already normalised, to 'stage0'.."
          + " [N,C,h,w], 'pre_logits' [N,C] and 'logits' [N,K]."
    },
    footer = {
      "",
      "Example: ./cvt features --weights model.safetensors --input x.safetensors \\",
      "             --output y.safetensors",
      "         ./cvt features --model tiny.yaml --weights w.pth \\",
      "             --input x.safetensors --output y.safetensors MODEL.SPEC.ACT gelu"
    })
final class FeaturesCommand implements Runnable {

  @Mixin private Common common;
  @Mixin private ModelOptions model;
  @Mixin private EngineOptions engine;

  @Option(
      names = {"-i", "--input"},
      required = true,
      paramLabel = "FILE",
      description = "Safetensors with 'input'.")
  private Path input;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Safetensors to write.")
  private Path output;

  @Option(names = "--seed", defaultValue = "0", description = "Of fresh weights (default: 0).")
  private long seed;

  @Parameters(paramLabel = "KEY VALUE", description = "Keys of the experiment to override.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public void run() {
    LoadedModel loaded = model.open(overrides, seed);
    HostTensor images = images(loaded);
    common.startEngine();
    Map<String, HostTensor> results = new LinkedHashMap<>();
    try (Network network = loaded.network(engine.comparable(loaded.quantization()));
        Scope scope = Scope.open()) {
      Features features = network.features(Tensors.of(images.toF32()));
      for (int i = 0; i < features.stages().size(); i++) {
        results.put("stage" + i, Tensors.host(features.stages().get(i)));
      }
      results.put("pre_logits", Tensors.host(features.preLogits()));
      if (features.logits() != null) {
        results.put("logits", Tensors.host(features.logits()));
      }
    }
    Safetensors.write(output, new StateDict(results));
    Map<String, String> shapes = new LinkedHashMap<>();
    results.forEach((name, tensor) -> shapes.put(name, tensor.toString()));
    if (common.json()) {
      common.printJson(shapes);
    } else {
      shapes.forEach((name, shape) -> common.out().println(name + " " + shape));
    }
  }

  private HostTensor images(LoadedModel loaded) {
    HostTensor images = Safetensors.read(input).tensors().get("input");
    int channels = loaded.spec().inChannels();
    if (images == null) {
      throw new InvalidInputException(input + ": no tensor 'input' in it");
    }
    long[] shape = images.shape();
    if (!images.dtype().isFloat() || shape.length != 4 || shape[1] != channels) {
      throw new InvalidInputException(
          "%s: 'input' is %s; expected floats [N, %d, H, W]".formatted(input, images, channels));
    }
    if (shape[0] < 1 || shape[2] < 1 || shape[3] < 1) {
      throw new InvalidInputException(input + ": 'input' is empty, " + images);
    }
    return images;
  }
}
