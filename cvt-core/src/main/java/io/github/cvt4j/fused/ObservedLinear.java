package io.github.cvt4j.fused;

import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/** A linear layer whose input somebody sees. */
record ObservedLinear(FusedLinear layer, Consumer<Tensor> inputs) implements FusedLinear {

  @Override
  public Tensor forward(Tensor x, PostOp post) {
    inputs.accept(x);
    return layer.forward(x, post);
  }

  @Override
  public Tensor plus(Tensor x, Tensor residual) {
    inputs.accept(x);
    return layer.plus(x, residual);
  }
}
