package io.github.cvt4j.app;

import io.github.cvt4j.AtomicFile;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.spec.HuggingFaceConfig;
import io.github.cvt4j.spec.HuggingFacePreprocessor;
import io.github.cvt4j.spec.StateLayout;
import io.github.cvt4j.weights.KeyMap;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
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
    name = "convert",
    description = {
      "Writes a checkpoint of any supported format as ours (one safetensors file that says all of"
          + " its model) or under Hugging Face's names. No bit of a float changes."
    },
    footer = {
      "",
      "Example: ./cvt convert --weights CvT-13-224x224-IN-1k.pth --model cvt-13 \\",
      "             --output cvt-13.safetensors",
      "         ./cvt convert --weights cvt-13.safetensors --to hf \\",
      "             --output folder/model.safetensors"
    })
final class ConvertCommand implements Runnable {

  /** Whose names the result has. */
  enum Target {
    CVT4J,
    HF
  }

  @Mixin private Common common;
  @Mixin private ModelOptions model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Safetensors to write.")
  private Path output;

  @Option(
      names = "--to",
      defaultValue = "CVT4J",
      description =
          "cvt4j: ours. hf: Hugging Face's names, config.json and preprocessor_config.json beside.")
  private Target target;

  @Parameters(paramLabel = "KEY VALUE", description = "Keys of the experiment to override.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public void run() {
    if (!model.hasWeights()) {
      throw new InvalidInputException("convert what? give --weights FILE");
    }
    LoadedModel loaded = model.open(overrides, 0);
    StateDict weights = new StateDict(loaded.matched());
    requireWhole(loaded, weights);
    switch (target) {
      case CVT4J ->
          loaded.withProvenance(model.provenance(loaded, "convert")).file(weights).write(output);
      case HF -> huggingFace(loaded, weights);
    }
    if (common.json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("output", output.toString());
      result.put("tensors", weights.names().size());
      common.printJson(result);
    } else {
      common.out().println(output + ": " + weights.names().size() + " tensors");
    }
  }

  /** What --allow let pass may be missing now; a file without it would load nowhere. */
  private static void requireWhole(LoadedModel loaded, StateDict weights) {
    for (String name : StateLayout.of(loaded.spec()).keySet()) {
      if (!weights.names().contains(name)) {
        throw new InvalidInputException(
            name + ": not in the checkpoint in the model's shape, and the result must be whole");
      }
    }
  }

  private void huggingFace(LoadedModel loaded, StateDict weights) {
    String config = HuggingFaceConfig.write(loaded.spec(), loaded.labels());
    String preprocessor = HuggingFacePreprocessor.write(loaded.preprocess());
    Safetensors.write(output, KeyMap.toHuggingFace(weights).withMetadata(Map.of("format", "pt")));
    write(output.resolveSibling("config.json"), config);
    write(output.resolveSibling(HuggingFacePreprocessor.FILE_NAME), preprocessor);
  }

  private static void write(Path file, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      AtomicFile.write(file, out -> Channels.newOutputStream(out).write(bytes));
    } catch (IOException e) {
      throw new InvalidInputException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }
}
