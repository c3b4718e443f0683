package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.eval.BenchmarkFile;
import io.github.cvt4j.fused.Calibration;
import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.onnx.OnnxModel;
import io.github.cvt4j.onnx.OnnxOptions;
import io.github.cvt4j.spec.Complexity;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "benchmark",
    description = {
      "Times inference: engines and types against each other and against other programs, in turns"
          + " within one run, with their answers compared. With --train, training steps."
    },
    footer = {
      "",
      "Example: ./cvt benchmark --model cvt-13",
      "         ./cvt benchmark --model cvt-13 --size 224 --batch 1,8,32 --engine fused \\",
      "             --dtype fp32,bf16 --peer onnxruntime --json",
      "         ./cvt benchmark --train --model cvt-13 --batch 8,32 --dtype fp32,bf16 --peer plain"
    })
final class BenchmarkCommand implements Runnable {

  /** What is measured against. */
  enum Peer {
    /** Inference in another program. */
    ONNXRUNTIME,
    /** Training with the original's operators. */
    PLAIN
  }

  /** Pictures of noise that layers are quantized on. */
  private static final int NOISE = 8;

  @Mixin private Common common;
  @Mixin private ModelOptions model;

  @Option(names = "--train", description = "Times training steps: forward, backward and optimizer.")
  private boolean train;

  @Option(
      names = "--size",
      split = ",",
      paramLabel = "SIZE|HEIGHTxWIDTH",
      description = "Of pictures (default: the one that the model is meant for).")
  private List<String> sizes = new ArrayList<>();

  @Option(
      names = "--batch",
      split = ",",
      defaultValue = "1,8",
      paramLabel = "N",
      description = "Pictures at a time (default: 1,8).")
  private List<Integer> batches;

  @Option(
      names = "--engine",
      split = ",",
      paramLabel = "NAME",
      description = "eager, fused (default: both).")
  private List<Execution.Engine> engines = new ArrayList<>();

  @Option(
      names = "--dtype",
      split = ",",
      defaultValue = "fp32",
      paramLabel = "TYPE",
      description =
          "fp32, bf16, int8 (default: fp32). bf16 is for the fused engine and for training, int8 for the"
              + " fused engine: weights that are not quantized are then rounded first, for everyone.")
  private List<ComputeType> types;

  @Option(
      names = "--peer",
      split = ",",
      paramLabel = "NAME",
      description =
          "onnxruntime: the model exported and run there, in fp32; with --train plain: the original's"
              + " operators, in fp32.")
  private List<Peer> peers = new ArrayList<>();

  @Option(
      names = "--seconds",
      defaultValue = "5",
      paramLabel = "S",
      description = "To time each of them for, at each size and batch (default: 5).")
  private double seconds;

  @Option(
      names = "--results-file",
      paramLabel = "FILE",
      description = "Table to add rows to, with the columns of timm's benchmark.py.")
  private Path resultsFile;

  @Parameters(paramLabel = "KEY VALUE", description = "Keys of the experiment to override.")
  private List<String> overrides = new ArrayList<>();

  private boolean headed;

  @Override
  public void run() {
    LoadedModel loaded = model.open(overrides, 0);
    if (!(seconds > 0 && seconds <= 3600)) {
      throw new InvalidInputException(
          "--seconds " + seconds + ": expected more than 0, at most 3600");
    }
    if (batches.stream().anyMatch(batch -> batch < 1)) {
      throw new InvalidInputException("--batch " + batches + ": expected 1 or more");
    }
    refuseWhatDoesNotFit();
    if (resultsFile != null) {
      BenchmarkFile.check(resultsFile);
    }
    List<Size> inputs =
        sizes.isEmpty()
            ? List.of(loaded.spec().imageSize())
            : sizes.stream().map(Size::parse).toList();
    inputs.forEach(loaded.spec()::grids); // refused before anything is built
    common.startEngine();
    if (train) {
      TrainBenchmark benchmark =
          new TrainBenchmark(common, loaded, types, peers.contains(Peer.PLAIN), seconds);
      inputs.forEach(input -> benchmark.run(input, batches));
      return;
    }
    boolean rounds = types.contains(ComputeType.INT8) && loaded.quantization().inputs().isEmpty();
    LoadedModel entered = rounds ? rounded(loaded, inputs.get(0)) : loaded;
    List<BenchmarkFile.Row> rows = new ArrayList<>();
    for (Size input : inputs) {
      List<Contender> contenders = contenders(entered, input);
      try {
        for (int batch : batches) {
          rows.addAll(compete(entered, contenders, input, batch));
        }
      } finally {
        contenders.forEach(Contender::close);
      }
    }
    if (resultsFile != null) {
      BenchmarkFile.append(resultsFile, rows);
    }
  }

  private void refuseWhatDoesNotFit() {
    if (train && (!engines.isEmpty() || resultsFile != null)) {
      throw new InvalidInputException("--engine and --results-file are for inference, not --train");
    }
    if (train && types.contains(ComputeType.INT8)) {
      throw new InvalidInputException("--dtype int8 is for inference; expected fp32 or bf16");
    }
    if (peers.contains(train ? Peer.ONNXRUNTIME : Peer.PLAIN)) {
      throw new InvalidInputException(
          "--peer: expected %s".formatted(train ? "plain with --train" : "onnxruntime"));
    }
    if (engines.isEmpty()) {
      engines = List.of(Execution.Engine.values());
    }
  }

  /**
   * Quantized on such noise as the contest is held with; all contenders get the rounded weights.
   */
  private LoadedModel rounded(LoadedModel loaded, Size input) {
    common
        .err()
        .println(
            "cvt: these weights are not quantized: all that is timed gets them rounded, by pictures of noise");
    long[] shape = {1, loaded.spec().inChannels(), input.height(), input.width()};
    try (Calibration calibration = loaded.calibration()) {
      for (int i = 0; i < NOISE; i++) {
        try (Scope scope = Scope.open()) {
          calibration.see(Tensors.of(Contest.pictures(shape, i), shape));
        }
      }
      return loaded.quantized(new Quantization(Calibration.ranges(calibration.layers()), "noise"));
    }
  }

  private List<Contender> contenders(LoadedModel loaded, Size input) {
    List<Contender> contenders = new ArrayList<>();
    try {
      for (Execution.Engine engine : engines) {
        for (ComputeType type : types) {
          if (engine == Execution.Engine.FUSED || type == ComputeType.FP32) {
            contenders.add(Contender.of(loaded.network(new Execution(engine, type))));
          }
        }
      }
      if (peers.contains(Peer.ONNXRUNTIME)) {
        contenders.add(Contender.of(exported(loaded, input)));
      }
      if (contenders.isEmpty()) {
        throw new InvalidInputException("nothing to time: the eager engine computes in fp32 only");
      }
      return contenders;
    } catch (RuntimeException e) {
      contenders.forEach(Contender::close);
      throw e;
    }
  }

  private OnnxSession exported(LoadedModel loaded, Size input) {
    Path folder = null;
    try (Cvt cvt = loaded.build()) {
      folder = Files.createTempDirectory("cvt-benchmark");
      Path file = folder.resolve("model.onnx");
      StateDict weights = new StateDict(cvt.parameters().shared());
      OnnxModel.of(loaded.file(weights), OnnxOptions.of(input)).write(file);
      return OnnxSession.open(file, common.threads());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      delete(folder);
    }
  }

  private List<BenchmarkFile.Row> compete(
      LoadedModel loaded, List<Contender> contenders, Size input, int batch) {
    Complexity complexity = Complexity.of(loaded.spec(), input);
    List<Contest.Result> results =
        new Contest(contenders, seconds)
            .run(batch, loaded.spec().inChannels(), input.height(), input.width());
    OptionalDouble peerSpeed =
        results.stream()
            .filter(result -> result.contender().peer())
            .mapToDouble(Contest.Result::imagesPerSecond)
            .findFirst();
    List<BenchmarkFile.Row> rows = new ArrayList<>();
    for (Contest.Result result : results) {
      Contender contender = result.contender();
      SpeedLine line =
          new SpeedLine(
              contender.engine(),
              contender.type(),
              input,
              batch,
              result.times(),
              2.0 * complexity.macs(),
              peerSpeed);
      print(line);
      rows.add(
          new BenchmarkFile.Row(
              "%s (%s %s)".formatted(model.name(), contender.engine(), contender.type().key()),
              line.imagesPerSecond(),
              result.times().quantile(0.5),
              batch,
              complexity));
    }
    return rows;
  }

  private void print(SpeedLine line) {
    if (common.json()) {
      common.printJson(line.json());
      return;
    }
    if (!headed) {
      common.out().println(SpeedLine.HEAD);
      headed = true;
    }
    common.out().println(line.text().stripTrailing());
  }

  private static void delete(Path folder) {
    if (folder == null) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      // A file in the temporary folder, which the system clears.
    }
  }
}
