package io.github.cvt4j.nn;

import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** {@code y = x W^T + b} over the last axis. */
final class Linear {

  private final Tensor weight; // [out, in]
  private final Tensor bias; // [out] or null

  Linear(Parameters.Place place, int in, int out, boolean hasBias, Initializer weights) {
    this(place, in, out, hasBias ? Initializer.constant(0) : null, weights);
  }

  Linear(Parameters.Place place, int in, int out, Initializer biases, Initializer weights) {
    weight = place.parameter("weight", weights, out, in);
    bias = biases == null ? null : place.parameter("bias", biases, out);
  }

  Tensor forward(Tensor x) {
    return torch.linear(x, weight, Tensors.optional(bias));
  }
}
