package io.github.cvt4j.eval;

import io.github.cvt4j.data.Batch;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.Iterator;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** Measures any forward function on batches. */
public final class Evaluator {

  private Evaluator() {}

  /**
   * Runs the function over all batches, without gradients, a scope for each batch, and closes them.
   *
   * @param forward pictures [B, 3, H, W] to logits [B, K]; made in the scope or longer-lived
   * @param batches in the order that they are counted in; all of them are used
   * @param size height and width of the pictures
   * @param progress told the number of pictures of each batch that is done
   * @throws IllegalStateException if there are no batches
   */
  public static Metrics evaluate(
      UnaryOperator<Tensor> forward, Iterator<Batch> batches, Size size, IntConsumer progress) {
    MetricsCounter counter = new MetricsCounter();
    while (batches.hasNext()) {
      try (Scope scope = Scope.open();
          NoGrad noGrad = NoGrad.enter();
          Batch batch = batches.next()) {
        Tensor images = Tensors.of(batch.input(), batch.size(), 3, size.height(), size.width());
        Tensor logits = forward.apply(images);
        counter.add(Tensors.floats(logits), (int) logits.size(1), batch.labels());
        progress.accept(batch.size());
      }
    }
    return counter.metrics();
  }
}
