package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.tensor.Operator;
import java.util.List;

/**
 * Adam (Kingma and Ba 2015, arXiv 1412.6980) as PyTorch computes it: decay is added to the gradient
 * (L2), so that mean and variance see it.
 */
public final class Adam extends FusedAdam {

  private static final Operator FUSED = Operator.find("aten::_fused_adam_", "");

  /**
   * @param parameters the model's, which keeps them
   * @param groups which of them to move, with their decay
   */
  public Adam(Parameters parameters, List<ParameterGroup> groups, AdamW.Options options) {
    super(FUSED, parameters, groups, options);
  }
}
