package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.Vectors;
import io.github.cvt4j.data.ImageFolder;
import io.github.cvt4j.fused.Calibration;
import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.Match;
import io.github.cvt4j.weights.Provenance;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.Quantization.Range;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "quantize",
    description = {
      "Rounds the weights of linear layers to integers of 8 bits and reads off pictures between"
          + " which values the layers' inputs lie. predict, serve and validate compute the result in"
          + " integers; it takes a third of the space."
    },
    footer = {
      "",
      "Example: ./cvt quantize --weights model.safetensors --output small.safetensors my-pictures/train",
      "         ./cvt validate --weights small.safetensors --data my-pictures"
    })
final class QuantizeCommand implements Runnable {

  private static final int SEED = 0;

  @Mixin private Common common;
  @Mixin private ModelOptions model;
  @Mixin private PreprocessOptions preprocessing;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Safetensors to write.")
  private Path output;

  @Option(
      names = "--pictures",
      defaultValue = "128",
      paramLabel = "N",
      description =
          "To look at, drawn from those that are given (default: 128); as many others, if there are"
              + " more, show what the result is worth.")
  private int pictures;

  @Option(
      names = "--max-error",
      defaultValue = "0.01",
      paramLabel = "E",
      description =
          "Layers whose result suffers more stay in floats: the squares of its change by those of"
              + " the result (default: 0.01).")
  private double maxError;

  @Option(
      names = "--keep",
      paramLabel = "PATTERN",
      description = "Layers that stay in floats, such as 'stage0.*'; repeatable.")
  private List<String> keep = new ArrayList<>();

  @Parameters(
      arity = "1..*",
      paramLabel = "PICTURE|FOLDER",
      description = "What the model is meant for; folders with all that is below them.")
  private List<Path> sources = new ArrayList<>();

  /**
   * How the integers' answers compare with those of the floats.
   *
   * @param pictures how many there were
   * @param cosine of the angle between the two, the smallest
   * @param same how many have the same largest one
   */
  private record Agreement(int pictures, double cosine, int same) {}

  @Override
  public void run() {
    if (!model.hasWeights()) {
      throw new InvalidInputException("quantize what? give --weights FILE");
    }
    if (pictures < 1) {
      throw new InvalidInputException("--pictures " + pictures + ": expected at least 1");
    }
    if (!(maxError > 0)) {
      throw new InvalidInputException("--max-error " + maxError + ": expected more than 0");
    }
    Path folder = output.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) { // said now, not after minutes
      throw new InvalidInputException(output + ": there is no folder " + folder);
    }
    LoadedModel opened = model.open(List.of(), 0);
    if (!opened.quantization().inputs().isEmpty()) {
      throw new InvalidInputException(
          model.weights() + ": quantized already; expected the floats that it was made from");
    }
    LoadedModel loaded = opened.withPreprocess(preprocessing.applyTo(opened.preprocess()));
    List<Path> drawn = drawn();
    List<Path> looked = drawn.subList(0, Math.min(pictures, drawn.size()));
    List<Path> others = drawn.subList(looked.size(), Math.min(2 * looked.size(), drawn.size()));
    common.startEngine();
    List<Calibration.Layer> layers = calibrate(loaded, looked);
    Quantization quantization = chosen(layers, looked.size());
    LoadedModel rounded = loaded.quantized(quantization);
    boolean again = others.isEmpty();
    Agreement agreement = compare(loaded, rounded, again ? looked : others);
    rounded
        .withProvenance(made(model.provenance(loaded, "quantize")))
        .file(quantization.narrow(rounded.weights().orElseThrow()))
        .write(output);
    say(layers, quantization, agreement);
    if (again) {
      common
          .err()
          .println("cvt: compared on the pictures that were calibrated on; there are no others");
    }
  }

  /** The same source; the metrics were those of the floats. */
  private static Provenance made(Provenance of) {
    return new Provenance(
        "cvt4j " + Version.ours() + " quantize",
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        of.source(),
        of.recipe(),
        Map.of());
  }

  private List<Path> drawn() {
    List<Path> all = new ArrayList<>();
    for (Path source : sources) {
      if (Files.isDirectory(source)) {
        all.addAll(ImageFolder.pictures(source));
      } else {
        all.add(source);
      }
    }
    List<Path> distinct = new ArrayList<>(new LinkedHashSet<>(all));
    Collections.shuffle(distinct, new Random(SEED));
    return distinct;
  }

  private List<Calibration.Layer> calibrate(LoadedModel loaded, List<Path> looked) {
    Preprocessor preprocessor = new Preprocessor(loaded.preprocess());
    try (Calibration calibration = loaded.calibration();
        Progress progress = new Progress("calibrate", looked.size(), common.err())) {
      for (int i = 0; i < looked.size(); i++) {
        try (Scope scope = Scope.open()) {
          calibration.see(input(preprocessor, looked.get(i)));
        }
        progress.at(i + 1, "pictures");
      }
      return calibration.layers();
    }
  }

  private Quantization chosen(List<Calibration.Layer> layers, int looked) {
    for (String pattern : keep) {
      boolean known =
          layers.stream()
              .flatMap(layer -> layer.names().stream())
              .anyMatch(name -> Match.allowed(name, List.of(pattern)));
      if (!known) {
        throw new InvalidInputException(
            "--keep %s: no layer is called so; expected such as %s"
                .formatted(pattern, layers.get(0).names().get(0)));
      }
    }
    Map<String, Range> inputs =
        Calibration.ranges(layers.stream().filter(this::mayBeRounded).toList());
    if (inputs.isEmpty()) {
      throw new InvalidInputException(
          "no layer is left to quantize; expected a larger --max-error than %s, or fewer --keep"
              .formatted(maxError));
    }
    return new Quantization(
        inputs, "%d pictures out of %s, seed %d".formatted(looked, sources, SEED));
  }

  private boolean mayBeRounded(Calibration.Layer layer) {
    boolean kept = layer.names().stream().anyMatch(name -> Match.allowed(name, keep));
    return !kept && layer.error() <= maxError;
  }

  private Agreement compare(LoadedModel loaded, LoadedModel rounded, List<Path> shown) {
    Preprocessor preprocessor = new Preprocessor(loaded.preprocess());
    double cosine = 1;
    int same = 0;
    try (Network floats = loaded.network(Execution.FUSED);
        Network integers =
            rounded.network(new Execution(Execution.Engine.FUSED, ComputeType.INT8));
        Progress progress = new Progress("compare", shown.size(), common.err())) {
      for (int i = 0; i < shown.size(); i++) {
        try (Scope scope = Scope.open()) {
          Tensor input = input(preprocessor, shown.get(i));
          float[] expected = Tensors.floats(floats.logits(input));
          float[] actual = Tensors.floats(integers.logits(input));
          cosine = Math.min(cosine, Vectors.cosine(expected, actual));
          same += largest(expected) == largest(actual) ? 1 : 0;
        }
        progress.at(i + 1, "pictures");
      }
    }
    return new Agreement(shown.size(), cosine, same);
  }

  private Tensor input(Preprocessor preprocessor, Path picture) {
    var size = preprocessor.spec().size();
    float[] values = preprocessor.apply(ImageDecoder.decode(picture, preprocessing.decoding()));
    return Tensors.of(values, 1, 3, size.height(), size.width());
  }

  private static int largest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  private void say(List<Calibration.Layer> layers, Quantization quantization, Agreement agreement) {
    List<Calibration.Layer> floats =
        layers.stream()
            .filter(layer -> !quantization.inputs().keySet().containsAll(layer.names()))
            .toList();
    if (common.json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("output", output.toString());
      result.put("layers", quantization.inputs().size());
      result.put("floats", floats.stream().flatMap(layer -> layer.names().stream()).toList());
      result.put("pictures", agreement.pictures);
      result.put("same_top1", agreement.same);
      result.put("cosine", agreement.cosine);
      common.printJson(result);
      return;
    }
    common.out().printf("%s: %d layers in integers%n", output, quantization.inputs().size());
    for (Calibration.Layer layer : floats) {
      common
          .out()
          .printf(Locale.ROOT, "  in floats: %s (error %.4f)%n", layer.names(), layer.error());
    }
    common
        .out()
        .printf(
            Locale.ROOT,
            "of %d pictures %d have the same likeliest class as in floats; cosine of the logits at"
                + " least %.4f%n",
            agreement.pictures,
            agreement.same,
            agreement.cosine);
  }
}
