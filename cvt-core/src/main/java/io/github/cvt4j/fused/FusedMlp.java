package io.github.cvt4j.fused;

import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Linear, activation, linear, residual sum: two passes. QuickGELU becomes the swish that oneDNN
 * offers by moving its slope s = 1.702 into the weights:
 *
 * <pre>W2 (h sigmoid(s h))  =  (W2 / s) swish(s h)   and   s h = (s W1) x + s b1</pre>
 */
final class FusedMlp {

  private static final double SLOPE = 1.702;

  private final FusedLinear fc1;
  private final FusedLinear fc2;
  private final PostOp activation;

  FusedMlp(Weights weights, String prefix, Activation activation) {
    double slope = activation == Activation.QUICK_GELU ? SLOPE : 1;
    this.activation =
        switch (activation) {
          case QUICK_GELU -> PostOp.SWISH;
          case GELU -> PostOp.GELU;
        };
    List<String> first = List.of(prefix + ".fc1");
    List<String> second = List.of(prefix + ".fc2");
    try (Scope scope = Scope.open()) {
      Tensor up = weights.read(prefix + ".fc1.weight").mul_(new Scalar(slope));
      Tensor shift = weights.read(prefix + ".fc1.bias").mul_(new Scalar(slope));
      fc1 = weights.linear(first, 1, up, shift, weights.rounding(second, slope));
    }
    try (Scope scope = Scope.open()) {
      Tensor down = weights.read(prefix + ".fc2.weight").mul_(new Scalar(1 / slope));
      Tensor shift = weights.read(prefix + ".fc2.bias");
      fc2 = weights.linear(second, slope, down, shift, /* output= */ null);
    }
  }

  /** Normalised tokens [B, N, C] to the residual [B, N, C] with this added. */
  Tensor plus(Tensor x, Tensor residual) {
    return fc2.plus(fc1.forward(x, activation), residual);
  }
}
