package io.github.cvt4j.train;

import io.github.cvt4j.data.Batch;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StateLayout;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Match;
import io.github.cvt4j.weights.StateDict;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * What a run changes: a model, the moving average of its weights, the state of optimizer and loss
 * scaler. Owns all but the model, which it gives back without gradients and with nothing frozen.
 */
final class Learner implements AutoCloseable {

  private final TrainConfig config;
  private final Cvt model;
  private final Optimizer optimizer;
  private final AveragedModel averaged; // null if weights are not averaged
  private final TrainingStep step;

  Learner(Cvt model, TrainConfig config) {
    this.config = config;
    this.model = model;
    Parameters parameters = model.parameters();
    parameters.freeze(config.optimizer().rules().frozen().of(parameters.trained().keySet()));
    optimizer = config.optimizer().create(parameters);
    averaged = config.averaging().enabled() ? new AveragedModel(model, config.averaging()) : null;
    step = new TrainingStep(model, optimizer, config);
  }

  Cvt model() {
    return model;
  }

  /** The moving average as a model; empty if none is kept. */
  Optional<Cvt> average() {
    return Optional.ofNullable(averaged).map(AveragedModel::model);
  }

  LossScaler.State scaler() {
    return step.scaler().state();
  }

  /**
   * One update of weights and average, as {@link TrainingStep#run}.
   *
   * @param updates made before
   */
  TrainingStep.Outcome learn(
      Iterator<Batch> batches, int count, Size size, long seed, double rate, long updates) {
    TrainingStep.Outcome outcome = step.run(batches, count, size, seed, rate);
    if (averaged != null && outcome.updated()) {
      averaged.update(updates);
    }
    return outcome;
  }

  /** The name of a parameter with a value that is not finite; empty if there is none. */
  Optional<String> notFinite() {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      for (Map.Entry<String, Tensor> entry : model.parameters().trained().entrySet()) {
        if (!entry.getValue().isfinite().all().item_bool()) {
          return Optional.of(entry.getKey());
        }
      }
      return Optional.empty();
    }
  }

  /** What is to be saved; shares the tensors' memory, so it is written before the next step. */
  ResumeState state(Map<String, String> settings, Progress progress) {
    return new ResumeState(
        settings,
        progress,
        model.parameters().shared(),
        average().map(average -> average.parameters().shared()).orElse(Map.of()),
        optimizer.state());
  }

  /**
   * Goes back to a saved state.
   *
   * @throws io.github.cvt4j.weights.CheckpointException if it is not one of this model's
   */
  void load(ResumeState state) {
    model.assign(weights(state.model()));
    average().ifPresent(average -> average.assign(weights(state.averaged())));
    optimizer.load(state.optimizer());
    step.scaler().load(state.progress().scaler());
  }

  private Map<String, HostTensor> weights(Map<String, HostTensor> saved) {
    return Match.strict(StateLayout.of(config.model()), new StateDict(saved), List.of());
  }

  @Override
  public void close() {
    if (averaged != null) {
      averaged.close();
    }
    optimizer.close();
    model.parameters().zeroGrad();
    model.parameters().freeze(Set.of());
  }
}
