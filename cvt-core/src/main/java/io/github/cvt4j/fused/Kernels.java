package io.github.cvt4j.fused;

import io.github.cvt4j.fused.FusedConv.Geometry;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Operator;
import org.bytedeco.pytorch.Tensor;

/** Which of libtorch's kernels compute linear layers and convolutions. */
enum Kernels {
  /** oneDNN's, with prepacked weights and the next step fused in. */
  PACKED {
    @Override
    FusedLinear linear(Weights weights, Tensor weight, Tensor bias) {
      return new PackedLinear(weights, weight, bias);
    }

    @Override
    FusedConv conv(Weights weights, Tensor weight, Tensor bias, Geometry geometry, Size input) {
      return new PackedConv(weights, weight, bias, geometry, input);
    }
  },
  /** Operators that every build of libtorch has; the plain twin. */
  PLAIN {
    @Override
    FusedLinear linear(Weights weights, Tensor weight, Tensor bias) {
      return new PlainLinear(weights, weight, bias);
    }

    @Override
    FusedConv conv(Weights weights, Tensor weight, Tensor bias, Geometry geometry, Size input) {
      return new PlainConv(weights, weight, bias, geometry);
    }
  };

  /** The fastest that this build of libtorch offers. */
  static Kernels best() {
    return Operator.exists(PackedLinear.NAME, "") && Operator.exists(PackedConv.NAME, "")
        ? PACKED
        : PLAIN;
  }

  /**
   * A linear layer.
   *
   * @param weight [out, in], in single precision or better
   * @param bias [out], or null
   */
  abstract FusedLinear linear(Weights weights, Tensor weight, Tensor bias);

  /**
   * A convolution.
   *
   * @param weight [C, C' / groups, k, k], in single precision or better
   * @param bias [C]
   * @param input height and width of the maps that it is mostly going to see
   */
  abstract FusedConv conv(
      Weights weights, Tensor weight, Tensor bias, Geometry geometry, Size input);
}
