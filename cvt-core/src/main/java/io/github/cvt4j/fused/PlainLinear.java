package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A linear layer of operators that every build of libtorch has. */
final class PlainLinear implements FusedLinear {

  private final Tensor weight; // [out, in]
  private final Tensor bias; // [out] or null

  PlainLinear(Weights weights, Tensor weight, Tensor bias) {
    this.weight = weights.own(weight);
    this.bias = bias == null ? null : weights.own(bias);
  }

  @Override
  public Tensor forward(Tensor x, PostOp post) {
    return post.apply(torch.linear(x, weight, Tensors.optional(bias)));
  }

  @Override
  public Tensor plus(Tensor x, Tensor residual) {
    return residual.add(forward(x));
  }
}
