package io.github.cvt4j.nn;

import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.Init;
import io.github.cvt4j.spec.StageSpec;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Linear, activation, linear. */
final class Mlp {

  /** QuickGELU's slope: {@code x * sigmoid(1.702 x)}. */
  private static final double SLOPE = 1.702;

  private final Linear fc1;
  private final Linear fc2;
  private final Activation activation;
  private final double drop;

  Mlp(Parameters.Place place, StageSpec stage, Activation activation, Init init) {
    Initializer weights = Initializer.linear(init);
    fc1 = new Linear(place.child("fc1"), stage.dim(), stage.hidden(), true, weights);
    fc2 = new Linear(place.child("fc2"), stage.hidden(), stage.dim(), true, weights);
    this.activation = activation;
    drop = stage.drop().features();
  }

  /** [B, N, C] to [B, N, C]. */
  Tensor forward(Tensor x, Pass pass) {
    if (activation == Activation.QUICK_GELU && pass.training() && pass.way() == Way.FAST) {
      // x sigmoid(s x) = silu(s x) / s, with both factors moved into the weights: one pass over the
      // hidden tokens instead of three, forward and backward. Without gradients it would cost
      // small batches more than it saves.
      return forward(x, fc1.scaled(SLOPE, SLOPE), torch::silu, fc2.scaled(1 / SLOPE, 1), pass);
    }
    return forward(x, fc1, this::activate, fc2, pass);
  }

  private Tensor forward(
      Tensor x, Linear first, UnaryOperator<Tensor> activate, Linear second, Pass pass) {
    Tensor hidden = activate.apply(first.forward(x, pass)); // [B, N, hidden]
    hidden = Drop.features(hidden, drop, pass);
    return Drop.features(second.forward(hidden, pass), drop, pass);
  }

  private Tensor activate(Tensor x) {
    return switch (activation) {
      case QUICK_GELU -> x.mul(torch.sigmoid(x.mul(new Scalar(SLOPE))));
      case GELU -> torch.gelu(x);
    };
  }
}
