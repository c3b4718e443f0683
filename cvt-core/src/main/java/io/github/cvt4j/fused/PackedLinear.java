package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Operator;
import io.github.cvt4j.tensor.Scope;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;

/**
 * A linear layer on oneDNN's inner product: twice as fast as libtorch's own, which runs on one
 * thread of OpenBLAS, and with its activation or residual sum in the same pass.
 *
 * <p>The weight is put into oneDNN's blocked layout once. Which layout is fastest depends on the
 * number of rows only below a hundred or so, so one packing serves every batch.
 */
final class PackedLinear implements FusedLinear {

  static final String NAME = "mkldnn::_linear_pointwise";

  /** Operators and their constant arguments; looked up when the first layer is packed. */
  private static final class Calls {

    static final Operator PACK = Operator.find("mkldnn::_reorder_linear_weight", "");
    static final Operator POINTWISE = Operator.find(NAME, "");
    static final Operator BINARY = Operator.find(NAME, "binary");
    static final IValue NO_SCALARS = Scope.keep(POINTWISE.list(4, List.of()));
    static final IValue EXACT = Scope.keep(new IValue("none")); // GELU's algorithm
    static final IValue ADD = Scope.keep(new IValue("add"));
    static final Map<PostOp, IValue> POST = new EnumMap<>(PostOp.class);

    static {
      for (PostOp post : PostOp.values()) {
        POST.put(post, Scope.keep(new IValue(post.key())));
      }
    }
  }

  private final IValue weight;
  private final IValue bias;

  PackedLinear(Weights weights, Tensor weight, Tensor bias) {
    Tensor packed =
        Scope.only(
            () ->
                Calls.PACK.call(new IValue(weights.type().cast(weight)), /* rows */ new IValue()));
    this.weight = weights.argument(weights.adopt(packed));
    this.bias = weights.argument(bias == null ? null : weights.own(bias));
  }

  @Override
  public Tensor forward(Tensor x, PostOp post) {
    return Calls.POINTWISE.call(
        new IValue(x), weight, bias, Calls.POST.get(post), Calls.NO_SCALARS, Calls.EXACT);
  }

  @Override
  public Tensor plus(Tensor x, Tensor residual) {
    return Calls.BINARY.call(new IValue(x), new IValue(residual), weight, bias, Calls.ADD);
  }
}
