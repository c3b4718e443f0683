package io.github.cvt4j.app;

import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.report.RunRecorder;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.train.EpochResult;
import io.github.cvt4j.train.RunFolder;
import io.github.cvt4j.train.TrainConfig;
import io.github.cvt4j.train.TrainListener;
import io.github.cvt4j.train.TrainReport;
import io.github.cvt4j.train.Trainer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Runs a training at the console: progress, Ctrl-C, what is said at the end. */
final class TrainingRun {

  /** What Ctrl-C waits for the checkpoint at most. */
  private static final long STOP_SECONDS = 120;

  private final Common common;

  TrainingRun(Common common) {
    this.common = common;
  }

  /**
   * A new run.
   *
   * @param start weights to begin with; empty for fresh ones
   */
  TrainReport train(Experiment asked, DataSplit data, Optional<LoadedModel> start, Path output) {
    Experiment experiment = TrainConfig.settled(asked);
    TrainConfig config = TrainConfig.of(experiment);
    start.ifPresent(LoadedModel::matched); // refused before the folder is made
    RunFolder folder = RunFolder.create(output, experiment.toYaml());
    List<String> missing = TrainConfig.missing(experiment);
    if (!missing.isEmpty()) {
      common
          .err()
          .println("cvt: warning: not there yet and left out: " + String.join(", ", missing));
    }
    common.startEngine();
    try (Cvt model =
        start.isPresent() ? start.get().build() : new Cvt(config.model(), config.seed())) {
      return run(config, data, folder, trainer -> trainer.train(model));
    }
  }

  /** Goes on with the run in the folder. */
  TrainReport resume(Experiment experiment, DataSplit data, RunFolder folder) {
    TrainConfig config = TrainConfig.of(experiment);
    common.startEngine();
    try (Cvt model = new Cvt(config.model(), config.seed())) {
      return run(config, data, folder, trainer -> trainer.resume(model));
    }
  }

  private TrainReport run(
      TrainConfig config, DataSplit data, RunFolder folder, Function<Trainer, TrainReport> how) {
    try (TrainConsole console = new TrainConsole(common.err());
        RunRecorder recorder =
            new RunRecorder(folder, config, data, Sessions.begin(common, data))) {
      Trainer trainer = new Trainer(config, data, folder, TrainListener.all(console, recorder));
      CountDownLatch ended = new CountDownLatch(1);
      Thread hook = new Thread(() -> stop(trainer, ended), "cvt-stop");
      Runtime.getRuntime().addShutdownHook(hook);
      TrainReport report;
      try {
        report = how.apply(trainer);
        console.close();
        if (report.stopped()) {
          recorder.stopped();
          say(report, folder);
        }
      } finally {
        ended.countDown(); // after Ctrl-C nothing that comes later is sure to run
        unhook(hook);
      }
      if (!report.stopped()) {
        finish(recorder, data);
        say(report, folder);
      }
      return report;
    }
  }

  private void finish(RunRecorder recorder, DataSplit data) {
    try (Progress progress = new Progress("report", data.validation().size(), common.err())) {
      long[] done = {0};
      recorder.finish(count -> progress.at(done[0] += count, "pictures"));
    }
  }

  private void stop(Trainer trainer, CountDownLatch ended) {
    trainer.stop();
    try {
      if (!ended.await(STOP_SECONDS, TimeUnit.SECONDS)) {
        common
            .err()
            .println("cvt: stopped before this epoch's checkpoint; the last epoch's is there");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void unhook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is going down, and the hook with it.
    }
  }

  private void say(TrainReport report, RunFolder folder) {
    if (common.json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("folder", folder.toString());
      result.put("stopped", report.stopped());
      report
          .best()
          .ifPresent(
              best -> {
                result.put("best_epoch", best.epoch());
                result.put("weights", weights(best));
                result.put("top1", best.validation().top1());
                result.put("top5", best.validation().top5());
                result.put("loss", best.validation().loss());
              });
      common.printJson(result);
      return;
    }
    report
        .best()
        .ifPresent(
            best ->
                common
                    .out()
                    .println(
                        String.format(
                            Locale.ROOT,
                            "best epoch %d: top-1 %.2f %%, loss %.4f; %s weights in %s",
                            best.epoch(),
                            100 * best.validation().top1(),
                            best.validation().loss(),
                            weights(best),
                            folder.best())));
    common.out().println("report: " + folder.path().resolve(RunRecorder.PAGE));
    if (report.stopped()) {
      common.out().println("stopped; go on with: ./cvt train --resume --output " + folder);
    }
  }

  private static String weights(EpochResult result) {
    return result.best().orElseThrow().weights().name().toLowerCase(Locale.ROOT);
  }
}
