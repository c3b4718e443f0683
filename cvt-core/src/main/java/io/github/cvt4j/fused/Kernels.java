package io.github.cvt4j.fused;

import io.github.cvt4j.fused.FusedConv.Geometry;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Operator;
import io.github.cvt4j.tensor.Processor;
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
    FusedLinear int8(Weights weights, Tensor weight, Tensor bias, Rounding input, Rounding output) {
      return Operator.exists(PackedInt8Linear.NAME, "")
          ? new PackedInt8Linear(weights, weight, bias, input, output)
          : PLAIN.int8(weights, weight, bias, input, output);
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
    FusedLinear int8(Weights weights, Tensor weight, Tensor bias, Rounding input, Rounding output) {
      return new PlainInt8Linear(weights, weight, bias, input, output);
    }

    @Override
    FusedConv conv(Weights weights, Tensor weight, Tensor bias, Geometry geometry, Size input) {
      return new PlainConv(weights, weight, bias, geometry);
    }
  };

  /** The fastest that this build of libtorch offers for a type on a processor. */
  static Kernels best(ComputeType type, Processor processor) {
    boolean there = Operator.exists(PackedLinear.NAME, "") && Operator.exists(PackedConv.NAME, "");
    boolean run = type != ComputeType.BF16 || processor.runsPackedBf16();
    return there && run ? PACKED : PLAIN;
  }

  /**
   * A linear layer.
   *
   * @param weight [out, in], in single precision or better
   * @param bias [out], or null
   */
  abstract FusedLinear linear(Weights weights, Tensor weight, Tensor bias);

  /**
   * The same in integers.
   *
   * @param weight in single precision
   * @param input of x, where that does not come in bytes already
   * @param output of the result; null for floats
   */
  abstract FusedLinear int8(
      Weights weights, Tensor weight, Tensor bias, Rounding input, Rounding output);

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
