package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Operator;
import org.bytedeco.pytorch.Tensor;

/** Which of libtorch's kernels compute linear layers. */
enum Kernels {
  /** oneDNN's, with prepacked weights and the next step fused in. */
  PACKED {
    @Override
    FusedLinear linear(Weights weights, Tensor weight, Tensor bias) {
      return new PackedLinear(weights, weight, bias);
    }
  },
  /** Operators that every build of libtorch has; the plain twin. */
  PLAIN {
    @Override
    FusedLinear linear(Weights weights, Tensor weight, Tensor bias) {
      return new PlainLinear(weights, weight, bias);
    }
  };

  /** The fastest that this build of libtorch offers. */
  static Kernels best() {
    return Operator.exists(PackedLinear.NAME, "") ? PACKED : PLAIN;
  }

  /**
   * A linear layer.
   *
   * @param weight [out, in], in double precision
   * @param bias [out], or null
   */
  abstract FusedLinear linear(Weights weights, Tensor weight, Tensor bias);
}
