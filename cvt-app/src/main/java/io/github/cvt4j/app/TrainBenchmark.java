package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.nn.Way;
import io.github.cvt4j.spec.Complexity;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.train.StepParts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** Times training steps: forward, backward and AdamW on random pictures. */
final class TrainBenchmark {

  private static final String HEAD =
      SpeedLine.HEAD + "   data + forward + backward + optimizer ms   MB/image";

  /** A backward pass multiplies twice as much as a forward pass, which adds once for each. */
  private static final int OPERATIONS = 3 * 2;

  private final Common common;
  private final LoadedModel loaded;
  private final List<ComputeType> types;
  private final boolean plain;
  private final double seconds;
  private boolean headed;

  /**
   * @param types to time the fast way in
   * @param plain whether the plain way runs beside it
   * @param seconds for each, at each size and batch
   */
  TrainBenchmark(
      Common common, LoadedModel loaded, List<ComputeType> types, boolean plain, double seconds) {
    this.common = common;
    this.loaded = loaded;
    this.types = types;
    this.plain = plain;
    this.seconds = seconds;
    if (loaded.spec().numClasses() < 1 || loaded.spec().inChannels() != 3) {
      throw new InvalidInputException(
          "--train: expected a model with classes for pictures of 3 channels");
    }
  }

  /** Times steps at a size, for each batch, and prints a line for each contender. */
  void run(Size size, List<Integer> batches) {
    for (int batch : batches) {
      List<TrainContender> contenders = new ArrayList<>();
      try {
        // Whose losses the others are held against comes first.
        if (plain) {
          contenders.add(TrainContender.of(loaded, Way.PLAIN, ComputeType.FP32));
        }
        for (ComputeType type : types) {
          contenders.add(TrainContender.of(loaded, Way.FAST, type));
        }
        int classes = loaded.spec().numClasses();
        print(new TrainContest(contenders, seconds, batch, size, classes).run(), size, batch);
      } finally {
        contenders.forEach(TrainContender::close);
      }
    }
  }

  private void print(List<TrainContest.Result> results, Size size, int batch) {
    OptionalDouble peerSpeed =
        plain
            ? OptionalDouble.of(batch * results.get(0).times().runsPerSecond())
            : OptionalDouble.empty();
    double operations = (double) OPERATIONS * Complexity.of(loaded.spec(), size).macs();
    for (TrainContest.Result result : results) {
      TrainContender contender = result.contender();
      SpeedLine line =
          new SpeedLine(
              contender.engine(),
              contender.type(),
              size,
              batch,
              result.times(),
              operations,
              peerSpeed);
      print(line, result);
    }
  }

  private void print(SpeedLine line, TrainContest.Result result) {
    StepParts parts = result.parts();
    if (common.json()) {
      Map<String, Object> json = line.json();
      json.put("data_ms", 1e3 * parts.data());
      json.put("forward_ms", 1e3 * parts.forward());
      json.put("backward_ms", 1e3 * parts.backward());
      json.put("optimizer_ms", 1e3 * parts.update());
      json.put("bytes_per_image", Math.round(result.bytes()));
      json.put("loss", result.loss());
      json.put("blas", Engine.blas());
      common.printJson(json);
      return;
    }
    if (!headed) {
      common.out().println(HEAD);
      headed = true;
    }
    common
        .out()
        .println(
            String.format(
                Locale.ROOT,
                "%s %6.1f + %.1f + %.1f + %.1f   %8.1f",
                line.text(),
                1e3 * parts.data(),
                1e3 * parts.forward(),
                1e3 * parts.backward(),
                1e3 * parts.update(),
                1e-6 * result.bytes()));
  }
}
