package io.github.cvt4j.eval;

import io.github.cvt4j.data.Batch;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.Iterator;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Measures any forward function on batches. */
public final class Evaluator {

  /** The last of a picture batch's dimensions. */
  private static final long WIDTH = 3;

  private Evaluator() {}

  /** Takes the answers to a batch. */
  @FunctionalInterface
  public interface Answers {

    /**
     * Takes one batch's.
     *
     * @param logits [B, outputs], row-major
     * @param outputs of the model
     * @param batch still open; closed by the caller
     */
    void add(float[] logits, int outputs, Batch batch);
  }

  /**
   * Runs the function over all batches, without gradients, a scope for each batch, and closes them.
   *
   * @param forward pictures [B, 3, H, W] to logits [B, K]; made in the scope or longer-lived
   * @param batches in the order that they are counted in; all of them are used
   * @param size height and width of the pictures
   * @param answers told of each batch
   */
  public static void run(
      UnaryOperator<Tensor> forward, Iterator<Batch> batches, Size size, Answers answers) {
    while (batches.hasNext()) {
      try (Scope scope = Scope.open();
          NoGrad noGrad = NoGrad.enter();
          Batch batch = batches.next()) {
        Tensor images = Tensors.of(batch.input(), batch.size(), 3, size.height(), size.width());
        Tensor logits = forward.apply(images);
        answers.add(Tensors.floats(logits), (int) logits.size(1), batch);
      }
    }
  }

  /**
   * Accuracy and loss over all batches, which are closed.
   *
   * @param forward as for {@link #run}
   * @param progress told the number of pictures of each batch that is done
   * @throws IllegalStateException if there are no batches
   */
  public static Metrics evaluate(
      UnaryOperator<Tensor> forward, Iterator<Batch> batches, Size size, IntConsumer progress) {
    MetricsCounter counter = new MetricsCounter();
    run(
        forward,
        batches,
        size,
        (logits, outputs, batch) -> {
          counter.add(logits, outputs, batch.labels());
          progress.accept(batch.size());
        });
    return counter.metrics();
  }

  /** Twice the work: the mean of the logits of each picture and of its mirror image. */
  public static UnaryOperator<Tensor> withMirrorImages(UnaryOperator<Tensor> forward) {
    return images ->
        forward.apply(images).add(forward.apply(images.flip(WIDTH))).mul(new Scalar(0.5));
  }
}
