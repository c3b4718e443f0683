package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Operator;
import io.github.cvt4j.tensor.Scope;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A linear layer in integers on oneDNN: bytes by signed bytes, summed in 32 bits. With input {@code
 * x = s (q - z)} and row {@code w_i = t_i p_i} of the weight,
 *
 * <pre>y_i  =  s t_i (sum_j q_j p_ij  -  z sum_j p_ij)  +  b_i</pre>
 *
 * in which the second sum belongs to the weight alone.
 */
final class PackedInt8Linear implements FusedLinear {

  static final String NAME = "onednn::qlinear_pointwise";

  private static final class Calls {

    static final Operator PACK = Operator.find("onednn::qlinear_prepack", "");
    static final Operator POINTWISE = Operator.find(NAME, "");
    static final Operator BINARY = Operator.find(NAME, "binary");
    static final IValue NO_SCALARS = Scope.keep(POINTWISE.list(11, List.of()));
    static final IValue NONE = text("none");
    static final IValue EXACT = NONE; // GELU's algorithm
    static final IValue ADD = text("add");
    static final IValue ONE = Scope.keep(new IValue(1.0));
    static final IValue ZERO = Scope.keep(new IValue(0L));
    static final IValue BYTE = Scope.keep(new IValue((long) ScalarType.Byte.value));
    static final IValue FLOAT = Scope.keep(new IValue((long) ScalarType.Float.value));
    static final Map<PostOp, IValue> POST = new EnumMap<>(PostOp.class);

    static {
      for (PostOp post : PostOp.values()) {
        POST.put(post, text(post.key()));
      }
    }

    static IValue text(String text) {
      return Scope.keep(new IValue(text));
    }
  }

  private final Rounding input;
  private final Rounding output; // or null
  private final IValue scale;
  private final IValue zero;
  private final IValue weight;
  private final IValue weightScales;
  private final IValue weightZeros;
  private final IValue bias;
  private final IValue outputScale;
  private final IValue outputZero;

  /**
   * @param output what the next layer's input is rounded to; null for floats
   */
  PackedInt8Linear(Weights weights, Tensor weight, Tensor bias, Rounding input, Rounding output) {
    this.input = input;
    this.output = output;
    boolean toBytes = output != null;
    scale = weights.constant(new IValue(input.scale()));
    zero = weights.constant(new IValue((long) input.zero()));
    outputScale = weights.constant(new IValue(toBytes ? output.scale() : 1.0));
    outputZero = weights.constant(new IValue(toBytes ? (long) output.zero() : 0L));
    Int8Rows rows = Int8Rows.of(weight);
    Tensor packed =
        Scope.only(
            () -> Calls.PACK.call(new IValue(rows.numbers()), /* shape of x */ new IValue()));
    this.weight = weights.argument(weights.adopt(packed));
    weightScales = weights.argument(weights.adopt(rows.scales()));
    weightZeros = weights.argument(weights.adopt(rows.zeros()));
    this.bias = weights.argument(bias == null ? null : weights.own(bias));
  }

  @Override
  public Tensor forward(Tensor x, PostOp post) {
    return Scope.only(
        () -> {
          Tensor y =
              Calls.POINTWISE.call(
                  bytes(x),
                  scale,
                  zero,
                  weight,
                  weightScales,
                  weightZeros,
                  bias,
                  outputScale,
                  outputZero,
                  output == null ? Calls.FLOAT : Calls.BYTE,
                  Calls.POST.get(post),
                  Calls.NO_SCALARS,
                  Calls.EXACT);
          return output == null ? y : output.cut(y);
        });
  }

  @Override
  public Tensor plus(Tensor x, Tensor residual) {
    return Scope.only(
        () ->
            Calls.BINARY.call(
                bytes(x),
                scale,
                zero,
                weight,
                weightScales,
                weightZeros,
                new IValue(residual),
                bias,
                Calls.ONE,
                Calls.ZERO,
                Calls.FLOAT,
                Calls.ONE,
                Calls.ZERO,
                Calls.ADD,
                Calls.ONE,
                Calls.NONE,
                Calls.NO_SCALARS,
                Calls.EXACT));
  }

  private IValue bytes(Tensor x) {
    return new IValue(x.scalar_type().intern() == ScalarType.Byte ? x : input.apply(x));
  }
}
