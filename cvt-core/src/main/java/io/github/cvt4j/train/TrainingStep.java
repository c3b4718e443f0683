package io.github.cvt4j.train;

import io.github.cvt4j.data.Batch;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.nn.Recomputation;
import io.github.cvt4j.nn.Way;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.AnomalyDetection;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.Iterator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * One update of a model's weights, by the gradient of the mean loss over one batch or several. Each
 * batch is a forward and backward pass of its own, so batch norms see the small batches.
 */
final class TrainingStep {

  /**
   * What a step came to, before its update.
   *
   * @param updated whether the weights moved; not if a gradient did not fit into half, which the
   *     next step scales less for
   * @param loss mean over pictures
   * @param gradientNorm joint L2 norm of all gradients, before clipping
   * @param pictures in all batches
   * @param right pictures classified rightly
   * @param parts where the time went
   */
  record Outcome(
      boolean updated,
      double loss,
      double gradientNorm,
      int pictures,
      long right,
      StepParts parts) {}

  /** What of a run's settings a step depends on, and how it goes about it. */
  record Recipe(Loss loss, Clipping clipping, Computation computation, Way way) {

    static Recipe of(TrainConfig config) {
      return new Recipe(
          config.loss(), config.optimizer().clipping(), config.computation(), Way.FAST);
    }
  }

  private final Cvt model;
  private final Optimizer optimizer;
  private final LossScaler scaler;
  private final Recipe recipe;
  private final Pass pass;

  TrainingStep(Cvt model, Optimizer optimizer, TrainConfig config) {
    this(model, optimizer, Recipe.of(config));
  }

  TrainingStep(Cvt model, Optimizer optimizer, Recipe recipe) {
    this.model = model;
    this.optimizer = optimizer;
    this.recipe = recipe;
    Precision precision = recipe.computation().precision();
    pass = Pass.TRAIN.by(recipe.way()).in(precision);
    scaler = new LossScaler(precision == Precision.FP16);
  }

  LossScaler scaler() {
    return scaler;
  }

  /**
   * Trains on the next batches, all of one size, and closes them.
   *
   * @param count of batches, at least 1
   * @param seed of what is dropped in the first batch; each further one counts it up
   * @param rate learning rate
   * @throws DivergedException if loss or gradients are not finite; the weights stay as they are
   */
  Outcome run(Iterator<Batch> batches, int count, Size size, long seed, double rate) {
    model.parameters().zeroGrad();
    double loss = 0;
    long right = 0;
    int pictures = 0;
    StepParts parts = StepParts.NONE;
    for (int i = 0; i < count; i++) {
      Engine.seed(seed + i);
      long start = System.nanoTime();
      try (Batch batch = batches.next();
          Scope scope = Scope.open();
          Recomputation blocks = new Recomputation()) {
        Tensor images = Tensors.of(batch.input(), batch.size(), 3, size.height(), size.width());
        long given = System.nanoTime();
        boolean twice = recipe.computation().checkpointBlocks();
        Tensor logits = model.forward(images, twice ? pass.recomputing(blocks) : pass);
        Tensor labels = Tensors.of(batch.labels(), batch.size());
        Tensor mean = loss(logits, labels, batch);
        loss += (double) mean.item_float() / count;
        right += right(logits, labels);
        pictures += batch.size();
        long judged = System.nanoTime();
        double weight = scaler.scale() / count;
        backward(weight == 1 ? mean : mean.mul(new Scalar(weight)), blocks);
        parts =
            parts.plus(
                new StepParts(
                    seconds(start, given),
                    seconds(given, judged),
                    seconds(judged, System.nanoTime()),
                    0));
      }
    }
    long start = System.nanoTime();
    double norm = clip();
    boolean finite = Double.isFinite(loss) && Double.isFinite(norm);
    if (finite) {
      optimizer.step(rate);
      scaler.succeeded();
    } else if (!scaler.overflowed()) {
      throw new DivergedException("loss is %s, the gradient's norm %s".formatted(loss, norm));
    }
    parts = parts.plus(new StepParts(0, 0, 0, seconds(start, System.nanoTime())));
    return new Outcome(finite, loss, norm, pictures, right, parts);
  }

  private static double seconds(long from, long to) {
    return (to - from) * 1e-9;
  }

  private Tensor loss(Tensor logits, Tensor labels, Batch batch) {
    float[] targets = batch.targets();
    return targets == null
        ? recipe.loss().ofLabels(logits, labels)
        : recipe.loss().ofTargets(logits, Tensors.of(targets, batch.size(), logits.size(1)));
  }

  private static long right(Tensor logits, Tensor labels) {
    return logits.argmax(new LongOptional(1), /* keepdim= */ false).eq(labels).sum().item_long();
  }

  private void backward(Tensor loss, Recomputation blocks) {
    if (!recipe.computation().detectAnomaly()) {
      blocks.backward(loss);
      return;
    }
    try (AnomalyDetection detection = AnomalyDetection.enter()) {
      blocks.backward(loss);
    } catch (RuntimeException e) {
      String found = AnomalyDetection.found(e);
      throw found == null ? e : new DivergedException(found);
    }
  }

  /** Undoes the loss's scale and keeps the configured limit; returns the norm before that. */
  private double clip() {
    if (scaler.scale() != 1) {
      try (Scope scope = Scope.open()) {
        Scalar inverse = new Scalar(1 / scaler.scale());
        for (Tensor parameter : model.parameters().trained().values()) {
          Tensor gradient = new Tensor(parameter.grad());
          if (gradient.defined()) {
            gradient.mul_(inverse);
          }
        }
      }
    }
    return Gradients.clip(model.parameters(), recipe.clipping());
  }
}
