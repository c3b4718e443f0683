package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.Quantization;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A weight in signed bytes, each row on a scale on which it reaches 127. Weights that come from
 * {@link Quantization#widen} give the very numbers that they were.
 *
 * @param numbers [out, in], from -127 to 127
 * @param scales [out], in single precision
 * @param zeros [out], all 0
 */
record Int8Rows(Tensor numbers, Tensor scales, Tensor zeros) {

  /** Of a weight [out, in] in single precision; the tensors belong to the caller's scope. */
  static Int8Rows of(Tensor weight) {
    Tensor largest = weight.abs().amax(new long[] {1}, /* keepdim= */ false); // [out]
    Tensor scales = largest.div(new Scalar(Quantization.LARGEST));
    Tensor some = torch.where(scales.eq(new Scalar(0)), Tensors.full(1, scales.size(0)), scales);
    Tensor numbers = weight.div(some.unsqueeze(1)).round_().to(ScalarType.Char);
    Tensor zeros = Tensors.empty(ScalarType.Int, scales.size(0)).zero_();
    return new Int8Rows(numbers, some, zeros);
  }

  /** The weight again, [out, in], as the numbers give it. */
  Tensor floats() {
    return numbers.to(ScalarType.Float).mul(scales.unsqueeze(1));
  }
}
