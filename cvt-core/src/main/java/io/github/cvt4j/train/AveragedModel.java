package io.github.cvt4j.train;

import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A twin of the trained model whose weights are the exponential moving average of the trained ones:
 * {@code average = d * average + (1 - d) * weights} after every update. Running statistics of batch
 * norms are averaged as the weights are (timm's ModelEmaV3 does so too), since they must fit them;
 * counters are copied.
 *
 * <p>Owns the twin; for the thread that trains.
 */
final class AveragedModel implements AutoCloseable {

  private final Averaging averaging;
  private final Cvt trained;
  private final Cvt twin;

  /** Begins with the weights that the model has now. */
  AveragedModel(Cvt trained, Averaging averaging) {
    this.averaging = averaging;
    this.trained = trained;
    twin = new Cvt(trained.spec(), /* seed= */ 0);
    move(0);
  }

  /** The averaged weights; stays this object's. */
  Cvt model() {
    return twin;
  }

  /**
   * Follows an update of the trained model.
   *
   * @param updates made before this one
   */
  void update(long updates) {
    move(averaging.decay(updates));
  }

  private void move(double decay) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      for (String name : twin.parameters().names()) {
        Tensor average = twin.parameters().get(name);
        Tensor weights = trained.parameters().get(name);
        if (decay == 0 || average.scalar_type().intern() != ScalarType.Float) {
          average.copy_(weights);
        } else {
          average.lerp_(weights, new Scalar(1 - decay));
        }
      }
    }
  }

  @Override
  public void close() {
    twin.close();
  }
}
