package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.spec.Complexity;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Quantization;
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
    name = "info",
    description = "Parameters and multiply-adds of a model, by stage and in all, for any size.",
    footer = {
      "",
      "Example: ./cvt info cvt-13 --size 384",
      "         ./cvt info cvt-13 --size 256x320 --json",
      "         ./cvt info --weights model.safetensors"
    })
final class InfoCommand implements Runnable {

  @Mixin private Common common;
  @Mixin private ModelOptions model;

  @Option(
      names = "--size",
      paramLabel = "SIZE|HEIGHTxWIDTH",
      description = "Size of the picture (default: the one that the model is meant for).")
  private String size;

  @Parameters(
      paramLabel = "MODEL [KEY VALUE...]",
      description = "What --model takes, and keys to override.")
  private List<String> words = new ArrayList<>();

  @Override
  public void run() {
    LoadedModel loaded = load();
    Size input = size == null ? loaded.spec().imageSize() : Size.parse(size);
    Complexity complexity = Complexity.of(loaded.spec(), input);
    loaded.weights().ifPresent(state -> warnOfNonFinite(loaded.matched()));
    if (common.json()) {
      common.printJson(json(loaded, input, complexity));
    } else {
      print(loaded, input, complexity);
    }
  }

  private LoadedModel load() {
    boolean odd = words.size() % 2 == 1;
    if (odd && model.hasModel()) {
      throw new InvalidInputException(
          "'%s': expected KEY VALUE pairs, as --model names the model already"
              .formatted(words.get(0)));
    }
    boolean nothingElseNamesIt = !words.isEmpty() && !model.hasModel() && !model.hasWeights();
    return odd || nothingElseNamesIt
        ? model.open(words.get(0), words.subList(1, words.size()))
        : model.open(words, 0);
  }

  private void warnOfNonFinite(Map<String, HostTensor> tensors) {
    tensors.forEach(
        (name, tensor) -> {
          if (tensor.dtype().isFloat()) {
            for (float value : tensor.toFloats()) {
              if (!Float.isFinite(value)) {
                common.err().println("cvt: warning: " + name + " holds NaN or infinity");
                return;
              }
            }
          }
        });
  }

  private static Map<String, Object> json(LoadedModel loaded, Size input, Complexity complexity) {
    List<Map<String, Object>> stages = new ArrayList<>();
    for (Complexity.Stage stage : complexity.stages()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("grid", stage.grid().toString());
      entry.put("parameters", stage.parameters());
      entry.put("macs", stage.macs().total());
      stages.add(entry);
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("size", input.toString());
    result.put("classes", loaded.spec().numClasses());
    result.put("parameters", complexity.parameters());
    result.put("macs", complexity.macs());
    result.put("state_dict_entries", complexity.stateDictEntries());
    result.put("stages", stages);
    if (!loaded.provenance().createdBy().isEmpty()) {
      Map<String, Object> made = new LinkedHashMap<>();
      made.put("created_by", loaded.provenance().createdBy());
      made.put("created_at", loaded.provenance().createdAt());
      made.put("source", loaded.provenance().source());
      made.put("metrics", loaded.provenance().metrics());
      result.put("provenance", made);
    }
    Quantization quantization = loaded.quantization();
    if (!quantization.inputs().isEmpty()) {
      Map<String, Object> integers = new LinkedHashMap<>();
      integers.put("layers", quantization.inputs().size());
      integers.put("calibration", quantization.calibration());
      result.put("quantization", integers);
    }
    return result;
  }

  private void print(LoadedModel loaded, Size input, Complexity complexity) {
    line("input %s, %d classes", input, loaded.spec().numClasses());
    line("%-8s %8s %14s %16s", "", "grid", "parameters", "multiply-adds");
    for (int i = 0; i < complexity.stages().size(); i++) {
      Complexity.Stage stage = complexity.stages().get(i);
      line(
          "%-8s %8s %,14d %,16d",
          "stage " + i, stage.grid(), stage.parameters(), stage.macs().total());
    }
    line("%-8s %8s %,14d %,16d", "head", "", complexity.headParameters(), complexity.headMacs());
    line("%-8s %8s %,14d %,16d", "all", "", complexity.parameters(), complexity.macs());
    if (!loaded.provenance().createdBy().isEmpty()) {
      line(
          "made by %s at %s from %s%s",
          loaded.provenance().createdBy(),
          loaded.provenance().createdAt(),
          loaded.provenance().source(),
          loaded.provenance().metrics().isEmpty() ? "" : "; " + loaded.provenance().metrics());
    }
    Quantization quantization = loaded.quantization();
    if (!quantization.inputs().isEmpty()) {
      line(
          "%d layers in integers, calibrated on %s",
          quantization.inputs().size(), quantization.calibration());
    }
  }

  private void line(String format, Object... values) {
    common.out().println(String.format(Locale.ROOT, format, values));
  }
}
