package io.github.cvt4j.nn;

import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Layer normalisation over the channels; epsilon 1e-5 in every published model. */
final class LayerNorm {

  private static final double EPS = 1e-5;

  private final int dim;
  private final Tensor weight; // [C]
  private final Tensor bias; // [C]

  LayerNorm(Parameters.Place place, int dim) {
    this.dim = dim;
    weight = place.parameter("weight", Initializer.constant(1), dim);
    bias = place.parameter("bias", Initializer.constant(0), dim);
  }

  Tensor forward(Tensor x) {
    return torch.layer_norm(
        x,
        new long[] {dim},
        Tensors.optional(weight),
        Tensors.optional(bias),
        EPS,
        /* cudnn_enable= */ true);
  }
}
