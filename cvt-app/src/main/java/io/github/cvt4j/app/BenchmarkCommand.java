package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.eval.BenchmarkFile;
import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.onnx.OnnxModel;
import io.github.cvt4j.onnx.OnnxOptions;
import io.github.cvt4j.spec.Complexity;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Engine;
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
          + " within one run, with their answers compared."
    },
    footer = {
      "",
      "Example: ./cvt benchmark --model cvt-13",
      "         ./cvt benchmark --model cvt-13 --size 224 --batch 1,8,32 --engine fused \\",
      "             --dtype fp32,bf16 --peer onnxruntime --json"
    })
final class BenchmarkCommand implements Runnable {

  private static final String HEAD =
      "engine       type       size  batch   images/s     p50 ms     p99 ms  of peak    ratio";

  /** Other programs. */
  enum Peer {
    ONNXRUNTIME
  }

  @Mixin private Common common;
  @Mixin private ModelOptions model;

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
      defaultValue = "eager,fused",
      paramLabel = "NAME",
      description = "eager, fused (default: both).")
  private List<Execution.Engine> engines;

  @Option(
      names = "--dtype",
      split = ",",
      defaultValue = "fp32",
      paramLabel = "TYPE",
      description = "fp32, bf16 (default: fp32); bf16 is for the fused engine only.")
  private List<ComputeType> types;

  @Option(
      names = "--peer",
      split = ",",
      paramLabel = "NAME",
      description = "onnxruntime: the model exported and run there, in fp32.")
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
    if (resultsFile != null) {
      BenchmarkFile.check(resultsFile);
    }
    List<Size> inputs =
        sizes.isEmpty()
            ? List.of(loaded.spec().imageSize())
            : sizes.stream().map(Size::parse).toList();
    inputs.forEach(loaded.spec()::grids); // refused before anything is built
    common.startEngine();
    List<BenchmarkFile.Row> rows = new ArrayList<>();
    for (Size input : inputs) {
      List<Contender> contenders = contenders(loaded, input);
      try {
        for (int batch : batches) {
          rows.addAll(compete(loaded, contenders, input, batch));
        }
      } finally {
        contenders.forEach(Contender::close);
      }
    }
    if (resultsFile != null) {
      BenchmarkFile.append(resultsFile, rows);
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
    Contest.Result peer =
        results.stream().filter(result -> result.contender().peer()).findFirst().orElse(null);
    List<BenchmarkFile.Row> rows = new ArrayList<>();
    for (Contest.Result result : results) {
      double share = result.imagesPerSecond() * 2 * complexity.macs() / result.peak();
      OptionalDouble ratio =
          peer == null
              ? OptionalDouble.empty()
              : OptionalDouble.of(result.imagesPerSecond() / peer.imagesPerSecond());
      print(new Speed(result, input, batch, share, ratio));
      Contender contender = result.contender();
      rows.add(
          new BenchmarkFile.Row(
              "%s (%s %s)".formatted(model.name(), contender.engine(), contender.type().key()),
              result.imagesPerSecond(),
              result.p50(),
              batch,
              complexity));
    }
    return rows;
  }

  /** A line of the report. */
  private record Speed(
      Contest.Result result, Size input, int batch, double share, OptionalDouble ratio) {

    Map<String, Object> json() {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("engine", result.contender().engine());
      line.put("dtype", result.contender().type().key());
      line.put("size", input.toString());
      line.put("batch", batch);
      line.put("threads", Engine.threads());
      line.put("images_per_second", result.imagesPerSecond());
      line.put("p50_ms", result.p50());
      line.put("p99_ms", result.p99());
      line.put("peak_gflops", result.peak() * 1e-9);
      line.put("share_of_peak", share);
      ratio.ifPresent(value -> line.put("ratio", value));
      return line;
    }

    String text() {
      return String.format(
          Locale.ROOT,
          "%-12s %-5s %9s %6d %10.1f %10.1f %10.1f %6.0f %% %8s",
          result.contender().engine(),
          result.contender().type().key(),
          input,
          batch,
          result.imagesPerSecond(),
          result.p50(),
          result.p99(),
          100 * share,
          ratio.isPresent() ? String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) : "");
    }
  }

  private void print(Speed speed) {
    if (common.json()) {
      common.printJson(speed.json());
      return;
    }
    if (!headed) {
      common.out().println(HEAD);
      headed = true;
    }
    common.out().println(speed.text().stripTrailing());
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
