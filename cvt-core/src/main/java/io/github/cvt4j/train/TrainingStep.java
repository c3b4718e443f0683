package io.github.cvt4j.train;

import io.github.cvt4j.data.Batch;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.spec.Size;
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
   * @param loss mean over pictures
   * @param gradientNorm joint L2 norm of all gradients, before clipping
   * @param pictures in all batches
   * @param right pictures classified rightly
   */
  record Outcome(double loss, double gradientNorm, int pictures, long right) {

    boolean finite() {
      return Double.isFinite(loss) && Double.isFinite(gradientNorm);
    }

    /** What is not finite, for a message. */
    String problem() {
      return Double.isFinite(loss) ? "the gradient's norm is " + gradientNorm : "loss is " + loss;
    }
  }

  private final Cvt model;
  private final Optimizer optimizer;
  private final TrainConfig config;

  TrainingStep(Cvt model, Optimizer optimizer, TrainConfig config) {
    this.model = model;
    this.optimizer = optimizer;
    this.config = config;
  }

  /**
   * Trains on the next batches, all of one size, and closes them. The weights stay as they are if
   * loss or gradients are not finite.
   *
   * @param count of batches, at least 1
   * @param seed of what is dropped in the first batch; each further one counts it up
   * @param rate learning rate
   */
  Outcome run(Iterator<Batch> batches, int count, Size size, long seed, double rate) {
    model.parameters().zeroGrad();
    double loss = 0;
    long right = 0;
    int pictures = 0;
    for (int i = 0; i < count; i++) {
      Engine.seed(seed + i);
      try (Batch batch = batches.next();
          Scope scope = Scope.open()) {
        Tensor images = Tensors.of(batch.input(), batch.size(), 3, size.height(), size.width());
        Tensor labels = Tensors.of(batch.labels(), batch.size());
        Tensor logits = model.forward(images, Pass.TRAIN);
        Tensor mean = Loss.labels(logits, labels, config.labelSmoothing());
        loss += mean.item_float() / (double) count;
        (count == 1 ? mean : mean.mul(new Scalar(1.0 / count))).backward();
        right +=
            logits.argmax(new LongOptional(1), /* keepdim= */ false).eq(labels).sum().item_long();
        pictures += batch.size();
      }
      if (!Double.isFinite(loss)) {
        return new Outcome(loss, Double.NaN, pictures, right);
      }
    }
    double norm = Gradients.clip(model.parameters(), limit());
    Outcome outcome = new Outcome(loss, norm, pictures, right);
    if (outcome.finite()) {
      optimizer.step(rate);
    }
    return outcome;
  }

  private double limit() {
    double norm = config.optimizer().clipNorm();
    return norm > 0 ? norm : Double.POSITIVE_INFINITY;
  }
}
