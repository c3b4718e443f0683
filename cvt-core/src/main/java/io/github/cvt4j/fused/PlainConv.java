package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** A convolution by the operator that every build of libtorch has. */
final class PlainConv implements FusedConv {

  private final Tensor weight; // [C, C' / groups, k, k], channels last
  private final Tensor bias; // [C]
  private final long[] stride;
  private final long[] padding;
  private final long groups;

  PlainConv(Weights weights, Tensor weight, Tensor bias, Geometry geometry) {
    try (Scope scope = Scope.open()) {
      Tensor rounded = weights.type().cast(weight);
      this.weight = weights.adopt(rounded.contiguous(MemoryFormat.ChannelsLast));
    }
    this.bias = weights.own(bias);
    stride = new long[] {geometry.stride(), geometry.stride()};
    padding = new long[] {geometry.padding(), geometry.padding()};
    groups = geometry.groups();
  }

  @Override
  public Tensor forward(Tensor map) {
    return torch.conv2d(
        map, weight, Tensors.optional(bias), stride, padding, new long[] {1, 1}, groups);
  }
}
