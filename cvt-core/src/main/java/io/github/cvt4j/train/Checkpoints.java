package io.github.cvt4j.train;

import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.train.EpochResult.Validation;
import io.github.cvt4j.train.EpochResult.Weights;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Provenance;
import io.github.cvt4j.weights.StateDict;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the model files of a run. */
final class Checkpoints {

  private final TrainConfig config;
  private final DataSplit data;
  private final RunFolder folder;

  Checkpoints(TrainConfig config, DataSplit data, RunFolder folder) {
    this.config = config;
    this.data = data;
    this.folder = folder;
  }

  /** The weights as they are now, and their moving average. */
  void last(Learner learner, List<EpochResult> results) {
    file(learner.model(), Weights.RAW, results).write(folder.last());
    learner
        .average()
        .ifPresent(average -> file(average, Weights.EMA, results).write(folder.averaged()));
  }

  /** The better weights of the epoch that just ended, which is the best so far. */
  void best(Learner learner, List<EpochResult> results) {
    Validation best = results.get(results.size() - 1).best().orElseThrow();
    Cvt model = best.weights() == Weights.EMA ? learner.average().orElseThrow() : learner.model();
    file(model, best.weights(), results).write(folder.best());
  }

  /** The weights after the epoch that just ended under a name of their own, and no older ones. */
  void history(Learner learner, List<EpochResult> results) {
    Safeguards.Saving saving = config.safeguards().saving();
    if (!saving.allEpochs()) {
      return;
    }
    folder.keepEpochs();
    int epoch = results.get(results.size() - 1).epoch();
    file(learner.model(), Weights.RAW, results).write(folder.epoch(epoch, Weights.RAW));
    learner
        .average()
        .ifPresent(
            average -> file(average, Weights.EMA, results).write(folder.epoch(epoch, Weights.EMA)));
    if (saving.keep() > 0) {
      folder.forgetEpochs(epoch - saving.keep());
    }
  }

  private ModelFile file(Cvt model, Weights weights, List<EpochResult> results) {
    return new ModelFile(
        config.model(),
        config.preprocess(),
        data.train().classes(),
        provenance(weights, results),
        new StateDict(model.parameters().shared()));
  }

  private Provenance provenance(Weights weights, List<EpochResult> results) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    if (!results.isEmpty()) {
      EpochResult latest = results.get(results.size() - 1);
      metrics.put("epoch", (double) latest.epoch());
      latest
          .validation(weights)
          .ifPresent(
              validation -> {
                metrics.put("val_loss", validation.loss());
                metrics.put("val_top1", 100 * validation.top1());
                metrics.put("val_top5", 100 * validation.top5());
              });
    }
    String version = Checkpoints.class.getPackage().getImplementationVersion();
    return new Provenance(
        version == null ? "cvt4j" : "cvt4j " + version,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        "trained on %d pictures of %d classes%s"
            .formatted(
                data.train().size(),
                data.train().classes().size(),
                weights == Weights.EMA
                    ? "; moving average of the weights, decay " + config.averaging().decay()
                    : ""),
        folder.recipe(),
        metrics);
  }
}
