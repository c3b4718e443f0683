package io.github.cvt4j.train;

import io.github.cvt4j.data.Batch;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.eval.Evaluator;
import io.github.cvt4j.eval.Metrics;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.train.EpochResult.Validation;
import io.github.cvt4j.train.EpochResult.Weights;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/** Judges a run's weights on the validation pictures, at full size and in float32. */
final class Validator {

  private final TrainConfig config;
  private final Loader loader;
  private final int pictures;
  private final TrainListener listener;
  private final BooleanSupplier stopping;

  /**
   * @param stopping whether validation is to end early
   */
  Validator(TrainConfig config, Dataset dataset, TrainListener listener, BooleanSupplier stopping) {
    this.config = config;
    this.listener = listener;
    this.stopping = stopping;
    pictures = dataset.size();
    loader =
        new Loader(
            dataset, Transform.evaluation(config.preprocess()), config.batches().evaluation());
  }

  /**
   * The figures of each kind of weights that is judged; empty if it was stopped.
   *
   * @param epoch that ended, from 1
   */
  Optional<List<Validation>> run(int epoch, Learner learner) {
    Map<Weights, Cvt> judged = judged(learner);
    List<Validation> done = new ArrayList<>();
    int[] seen = {0};
    for (Map.Entry<Weights, Cvt> entry : judged.entrySet()) {
      Optional<Metrics> metrics =
          run(
              entry.getValue(),
              count -> listener.onValidation(epoch, seen[0] += count, judged.size() * pictures));
      if (metrics.isEmpty()) {
        return Optional.empty();
      }
      done.add(new Validation(entry.getKey(), metrics.get()));
    }
    return Optional.of(done);
  }

  private Map<Weights, Cvt> judged(Learner learner) {
    Map<Weights, Cvt> judged = new EnumMap<>(Weights.class);
    Optional<Cvt> average = learner.average();
    if (average.isEmpty() || config.averaging().judged() == Averaging.Judged.BOTH) {
      judged.put(Weights.RAW, learner.model());
    }
    average.ifPresent(model -> judged.put(Weights.EMA, model));
    return judged;
  }

  private Optional<Metrics> run(Cvt model, IntConsumer progress) {
    try (Epoch batches = loader.epoch(0)) {
      Iterator<Batch> untilStopped =
          new Iterator<>() {
            @Override
            public boolean hasNext() {
              return !stopping.getAsBoolean() && batches.hasNext();
            }

            @Override
            public Batch next() {
              return batches.next();
            }
          };
      if (!untilStopped.hasNext()) {
        return Optional.empty();
      }
      Metrics metrics =
          Evaluator.evaluate(
              images -> model.forward(images, Pass.EVAL), untilStopped, loader.size(), progress);
      return metrics.count() == pictures ? Optional.of(metrics) : Optional.empty();
    }
  }
}
