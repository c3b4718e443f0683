package io.github.cvt4j.nn;

import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.Init;
import io.github.cvt4j.spec.StageSpec;
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

  Tensor forward(Tensor x, Pass pass) {
    Tensor hidden =
        Drop.features(activate(fc1.forward(x, pass.precision())), drop, pass); // [B, N, hidden]
    return Drop.features(fc2.forward(hidden, pass.precision()), drop, pass); // [B, N, C]
  }

  private Tensor activate(Tensor x) {
    return switch (activation) {
      case QUICK_GELU -> x.mul(torch.sigmoid(x.mul(new Scalar(SLOPE))));
      case GELU -> torch.gelu(x);
    };
  }
}
