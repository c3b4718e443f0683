package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Layer normalisation over the channels. It is not folded into what follows: the projections'
 * convolutions pad with zeros, which its shift would have to reach.
 */
final class FusedLayerNorm {

  private static final double EPS = 1e-5;

  private final Tensor weight; // [C], single precision
  private final Tensor bias;

  FusedLayerNorm(Weights weights, String prefix) {
    try (Scope scope = Scope.open()) {
      weight = weights.ownSingle(weights.read(prefix + ".weight"));
      bias = weights.ownSingle(weights.read(prefix + ".bias"));
    }
  }

  /** [..., C] to [..., C]. */
  Tensor forward(Tensor x) {
    return torch.layer_norm(
        x,
        new long[] {weight.size(0)},
        Tensors.optional(weight),
        Tensors.optional(bias),
        EPS,
        /* cudnn_enable= */ true);
  }
}
