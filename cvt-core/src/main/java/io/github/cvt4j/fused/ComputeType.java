package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Operator;
import io.github.cvt4j.tensor.Processor;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The number type that the fused engine computes in. */
public enum ComputeType {
  /** Single precision throughout: equal to the plain network but for the order of its sums. */
  FP32(ScalarType.Float),
  /**
   * Weights and activations rounded to bfloat16, sums in single precision; the head stays in single
   * precision. For processors that multiply bfloat16 natively.
   */
  BF16(ScalarType.BFloat16),
  /**
   * The linear layers that the weights were quantized for in integers of 8 bits, summed in 32; the
   * rest in single precision.
   */
  INT8(ScalarType.Float);

  private final ScalarType scalar;

  ComputeType(ScalarType scalar) {
    this.scalar = scalar;
  }

  /** Its name in options and reports. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Whether a processor, with this build of libtorch, computes in it faster than in others above.
   */
  public boolean isFastOn(Processor processor) {
    return switch (this) {
      case FP32 -> true;
      case BF16 -> processor.multipliesBf16();
      case INT8 -> Operator.exists(PackedInt8Linear.NAME, "");
    };
  }

  /** The tensor in the type between layers: itself if it is already, a copy otherwise. */
  Tensor cast(Tensor tensor) {
    return tensor.to(scalar);
  }

  ScalarType scalar() {
    return scalar;
  }
}
