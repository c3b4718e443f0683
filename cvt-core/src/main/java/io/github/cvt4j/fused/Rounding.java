package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Operator;
import io.github.cvt4j.tensor.Processor;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.Quantization.Range;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How values of a range become numbers from 0 up: {@code q = round(x / scale) + zero}, so that 0 is
 * exact. What lies beyond the range becomes its end.
 *
 * @param scale what 1 stands for
 * @param zero the number of 0
 * @param largest the number of the range's upper end
 */
record Rounding(double scale, int zero, int largest) {

  private static final class Calls {
    static final Operator QUANTIZE = Operator.find("aten::quantize_per_tensor", "");
    static final IValue UNSIGNED = Scope.keep(new IValue((long) ScalarType.QUInt8.value));
  }

  /**
   * @param largest number of the range's upper end
   */
  static Rounding of(Range range, int largest) {
    return new Rounding(range.scale(largest), range.zero(largest), largest);
  }

  /** The largest number that a processor multiplies without overflow. */
  static int largest(Processor processor) {
    return processor.sumsBytesWide() ? Quantization.MOST : Quantization.LARGEST_INPUT;
  }

  /**
   * Floats to bytes of the same shape, row-major. They are the storage of a quantized tensor,
   * shared: {@code int_repr} would copy them, which takes longer than to round.
   */
  Tensor apply(Tensor x) {
    return Scope.only(
        () -> {
          Tensor quantized =
              Calls.QUANTIZE.call(
                  new IValue(x.contiguous()),
                  new IValue(scale),
                  new IValue((long) zero),
                  Calls.UNSIGNED);
          Tensor bytes = Tensors.empty(ScalarType.Byte, 0);
          return cut(bytes.set_(quantized.storage(), 0, Tensors.shape(x)));
        });
  }

  /** Brings bytes beyond the range to its end, in place; kernels cut at what a byte holds. */
  Tensor cut(Tensor bytes) {
    return largest == Quantization.MOST ? bytes : bytes.clamp_max_(new Scalar(largest));
  }

  /** Bytes to floats of the same shape. */
  Tensor floats(Tensor bytes) {
    return bytes.to(ScalarType.Float).sub_(new Scalar(zero)).mul_(new Scalar(scale));
  }
}
