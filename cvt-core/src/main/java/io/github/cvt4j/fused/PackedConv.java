package io.github.cvt4j.fused;

import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Operator;
import io.github.cvt4j.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;

/**
 * A convolution whose weights were put into oneDNN's blocked layout once, instead of at every call:
 * a quarter to two thirds of the time of a token embedding of one picture. The best layout of a
 * dense convolution depends on the size of its input, and with another one it is many times slower
 * than unpacked, so other sizes than the model's own run plainly.
 */
final class PackedConv implements FusedConv {

  static final String NAME = "mkldnn::_convolution_pointwise";

  /** Operators and their constant arguments. */
  private static final class Calls {

    static final Operator PACK = Operator.find("mkldnn::_reorder_convolution_weight", "");
    static final Operator POINTWISE = Operator.find(NAME, "");
    static final IValue NO_SCALARS = Scope.keep(POINTWISE.list(8, List.of()));
    static final IValue NONE = Scope.keep(new IValue("none"));

    static IValue integers(long... values) {
      return POINTWISE.integers(3, values);
    }
  }

  private final Size input; // that it was packed for; null for any
  private final IValue weight;
  private final IValue bias;
  private final IValue stride;
  private final IValue padding;
  private final IValue dilation;
  private final IValue groups;
  private final FusedConv plain; // null if packed for any size

  /**
   * @param input the size of the model's own maps; does not matter to depth-wise convolutions
   */
  PackedConv(Weights weights, Tensor weight, Tensor bias, Geometry geometry, Size input) {
    boolean depthWise = weight.size(1) == 1 && geometry.groups() > 1;
    this.input = depthWise ? null : input;
    stride = weights.constant(Calls.integers(geometry.stride(), geometry.stride()));
    padding = weights.constant(Calls.integers(geometry.padding(), geometry.padding()));
    dilation = weights.constant(Calls.integers(1, 1));
    groups = weights.constant(new IValue((long) geometry.groups()));
    try (Scope scope = Scope.open()) {
      IValue shape =
          depthWise
              ? new IValue()
              : Calls.integers(
                  1, weight.size(1) * geometry.groups(), input.height(), input.width());
      Tensor packed =
          Calls.PACK.call(
              new IValue(weights.type().cast(weight)), padding, stride, dilation, groups, shape);
      this.weight = weights.argument(weights.adopt(packed));
    }
    this.bias = weights.argument(weights.own(bias));
    plain = depthWise ? null : new PlainConv(weights, weight, bias, geometry);
  }

  @Override
  public Tensor forward(Tensor map) {
    if (input != null && (map.size(2) != input.height() || map.size(3) != input.width())) {
      return plain.forward(map);
    }
    return Calls.POINTWISE.call(
        new IValue(map),
        weight,
        bias,
        padding,
        stride,
        dilation,
        groups,
        Calls.NONE,
        Calls.NO_SCALARS,
        Calls.NONE);
  }
}
