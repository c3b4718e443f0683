package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Operator;
import io.github.cvt4j.tensor.Processor;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.Quantization.Range;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How values of a range become numbers from 0 up: {@code q = round(x / scale) + zero}, so that 0 is
 * exact. What lies beyond the range keeps its place as far as a byte goes.
 *
 * @param scale what 1 stands for
 * @param zero the number of 0
 */
record Rounding(double scale, int zero) {

  /** With all 8 bits. */
  static final int BYTES = 255;

  /**
   * With 7: where {@linkplain Processor#sumsBytesWide() pairs of products} are summed in 16 bits, 2
   * * 127 * 127 still fits.
   */
  static final int SEVEN_BITS = 127;

  private static final class Calls {
    static final Operator QUANTIZE = Operator.find("aten::quantize_per_tensor", "");
    static final IValue UNSIGNED = Scope.keep(new IValue((long) ScalarType.QUInt8.value));
  }

  /**
   * @param largest number of the range's upper end
   */
  static Rounding of(Range range, int largest) {
    double scale = ((double) range.high() - range.low()) / largest;
    return new Rounding(scale, (int) Math.round(-range.low() / scale));
  }

  /** The largest number that a processor multiplies without overflow. */
  static int largest(Processor processor) {
    return processor.sumsBytesWide() ? BYTES : SEVEN_BITS;
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
          return bytes.set_(quantized.storage(), 0, Tensors.shape(x));
        });
  }

  /** Bytes to floats of the same shape. */
  Tensor floats(Tensor bytes) {
    return bytes.to(ScalarType.Float).sub_(new Scalar(zero)).mul_(new Scalar(scale));
  }
}
