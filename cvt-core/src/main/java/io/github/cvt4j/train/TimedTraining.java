package io.github.cvt4j.train;

import io.github.cvt4j.data.Batch;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.nn.Way;
import io.github.cvt4j.spec.Size;
import java.nio.FloatBuffer;
import java.util.Iterator;
import java.util.List;

/**
 * A run's training steps without the run, for measuring them: the same code, on batches that are
 * given, with AdamW. Owns the model; {@link #close} it.
 */
public final class TimedTraining implements AutoCloseable {

  /** What is dropped is the same in every step, so that the loss is. */
  private static final long SEED = 1;

  private final Cvt model;
  private final Optimizer optimizer;
  private final TrainingStep step;

  /**
   * Trains a model.
   *
   * @param recipe its loss, limit of gradients and what is computed twice; the rest is not used
   * @param way {@link Way#PLAIN} has the plain optimizer, too
   */
  public TimedTraining(Cvt model, TrainConfig recipe, Precision precision, Way way) {
    this.model = model;
    List<ParameterGroup> groups = recipe.optimizer().rules().groups(model.parameters());
    optimizer =
        way == Way.PLAIN
            ? new PlainAdamW(model.parameters(), groups, AdamW.Options.DEFAULT)
            : new AdamW(model.parameters(), groups, AdamW.Options.DEFAULT);
    Computation computation =
        new Computation(
            precision,
            recipe.computation().checkpointBlocks(),
            recipe.computation().detectAnomaly());
    step =
        new TrainingStep(
            model,
            optimizer,
            new TrainingStep.Recipe(
                recipe.loss(), recipe.optimizer().clipping(), computation, way));
  }

  /**
   * What a step came to.
   *
   * @param loss before the update
   * @param parts where its time went
   */
  public record Took(double loss, StepParts parts) {}

  /**
   * One step.
   *
   * @param pictures [B, 3, H, W], direct and in native order
   * @param labels [B]
   * @param rate of the update; 0 for one that does its work and leaves the weights
   */
  public Took step(FloatBuffer pictures, long[] labels, Size size, double rate) {
    Iterator<Batch> batch = List.of(Batch.of(labels, pictures)).iterator();
    TrainingStep.Outcome outcome = step.run(batch, 1, size, SEED, rate);
    return new Took(outcome.loss(), outcome.parts());
  }

  @Override
  public void close() {
    optimizer.close();
    model.close();
  }
}
