package io.github.cvt4j.nn;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The type in which a pass multiplies matrices: linear layers, embedding convolutions, attention
 * and the activation between. Everything else is float32 in any case: the weights themselves, which
 * are cast where they are used, the tokens that blocks add to, norms, depth-wise convolutions, the
 * head. Products and the softmax are summed in float32 and rounded afterwards.
 */
public enum Precision {
  /** Everything in float32. */
  FP32(ScalarType.Float),
  /** bfloat16: the range of float32 with 8 bits of precision. */
  BF16(ScalarType.BFloat16),
  /** IEEE half: 11 bits of precision up to 65504; gradients need a scaled loss. */
  FP16(ScalarType.Half);

  private final ScalarType type;

  Precision(ScalarType type) {
    this.type = type;
  }

  /** The tensor as an operand; itself in {@link #FP32}. Gradients flow back in its own type. */
  Tensor cast(Tensor x) {
    return this == FP32 || x == null ? x : x.to(type);
  }

  /** A result of products as float32 again. */
  Tensor widen(Tensor x) {
    return this == FP32 ? x : x.to(ScalarType.Float);
  }
}
