package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.Operator;
import java.util.List;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) as PyTorch computes it: decay is decoupled
 * from the gradient and scaled by the rate.
 */
public final class AdamW extends FusedAdam {

  /**
   * What Adam remembers, with either kind of decay.
   *
   * @param beta1 memory of the mean, in [0, 1)
   * @param beta2 memory of the variance, in [0, 1)
   * @param eps added to the root of the variance, positive
   */
  public record Options(double beta1, double beta2, double eps) {

    /** PyTorch's, which the published recipes leave alone. */
    public static final Options DEFAULT = new Options(0.9, 0.999, 1e-8);

    public Options {
      if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
        throw new SpecException(
            "Adam betas " + beta1 + ", " + beta2 + ": expected 0 or more and less than 1");
      }
      if (!(eps > 0 && eps < 1)) {
        throw new SpecException("Adam epsilon " + eps + ": expected above 0 and below 1");
      }
    }
  }

  private static final Operator FUSED = Operator.find("aten::_fused_adamw_", "");

  /**
   * @param parameters the model's, which keeps them
   * @param groups which of them to move, with their decay
   */
  public AdamW(Parameters parameters, List<ParameterGroup> groups, Options options) {
    super(FUSED, parameters, groups, options);
  }
}
