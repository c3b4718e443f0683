package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** {@link PackedInt8Linear} in floats that are rounded where the integers are; its plain twin. */
final class PlainInt8Linear implements FusedLinear {

  private final Tensor weight; // [out, in]
  private final Tensor bias; // [out] or null
  private final Rounding input;
  private final Rounding output; // or null

  PlainInt8Linear(Weights weights, Tensor weight, Tensor bias, Rounding input, Rounding output) {
    this.weight = weights.own(Int8Rows.of(weight).floats());
    this.bias = bias == null ? null : weights.own(bias);
    this.input = input;
    this.output = output;
  }

  @Override
  public Tensor forward(Tensor x, PostOp post) {
    return Scope.only(
        () -> {
          Tensor y = post.apply(linear(x));
          return output == null ? y : output.apply(y);
        });
  }

  @Override
  public Tensor plus(Tensor x, Tensor residual) {
    return Scope.only(() -> residual.add(linear(x)));
  }

  private Tensor linear(Tensor x) {
    Tensor bytes = x.scalar_type().intern() == ScalarType.Byte ? x : input.apply(x);
    Tensor rounded = input.floats(bytes);
    return torch.linear(rounded, weight, Tensors.optional(bias));
  }
}
