package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What a backward pass left on the parameters. */
final class Gradients {

  private Gradients() {}

  /** Gradients of a group, in its order; they belong to the innermost scope. */
  static List<Tensor> of(Parameters parameters, ParameterGroup group) {
    List<Tensor> gradients = new ArrayList<>(group.names().size());
    for (String name : group.names()) {
      // A copy of the handle: grad() points into the parameter.
      Tensor gradient = new Tensor(parameters.get(name).grad());
      if (!gradient.defined()) {
        throw new IllegalStateException("parameter " + name + " has no gradient");
      }
      gradients.add(gradient);
    }
    return gradients;
  }

  /**
   * Scales all gradients down together where their joint L2 norm is above a limit.
   *
   * @param limit positive
   * @return the norm before
   */
  static double clip(Parameters parameters, double limit) {
    try (Scope scope = Scope.open()) {
      Tensor[] trained = parameters.trained().values().toArray(new Tensor[0]);
      return torch.clip_grad_norm_(
          Tensors.list(trained), limit, /* norm_type= */ 2, /* error_if_nonfinite= */ false);
    }
  }
}
