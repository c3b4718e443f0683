package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.Operator;
import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;

/**
 * Stochastic gradient descent with momentum as PyTorch computes it: decay is added to the gradient,
 * the momentum accumulates gradients without damping and is scaled by the rate afterwards.
 */
public final class Sgd extends GroupwiseOptimizer {

  /**
   * The kind of momentum.
   *
   * @param momentum in [0, 1); 0 for none
   * @param nesterov whether to look one step ahead (Nesterov's momentum)
   */
  public record Options(double momentum, boolean nesterov) {

    /** microsoft's: {@code MOMENTUM: 0.9, NESTEROV: true}. */
    public static final Options DEFAULT = new Options(0.9, true);

    public Options {
      requireMomentum(momentum);
      if (nesterov && momentum == 0) {
        throw new SpecException("Nesterov's momentum needs a momentum above 0");
      }
    }

    static void requireMomentum(double momentum) {
      if (!(momentum >= 0 && momentum < 1)) {
        throw new SpecException("momentum " + momentum + ": expected 0 or more and less than 1");
      }
    }
  }

  private static final Operator FUSED = Operator.find("aten::_fused_sgd_", "");

  private final Options options;
  private final Slots momenta = keep("momentum", 0);

  /**
   * @param parameters the model's, which keeps them
   * @param groups which of them to move, with their decay
   */
  public Sgd(Parameters parameters, List<ParameterGroup> groups, Options options) {
    super(parameters, groups);
    this.options = options;
  }

  @Override
  void update(ParameterGroup group, List<Tensor> gradients, double rate) {
    FUSED.run(
        FUSED.list(0, targets(group)),
        FUSED.list(1, gradients),
        FUSED.list(2, options.momentum() > 0 ? momenta.of(group) : List.of()),
        new IValue(group.weightDecay()),
        new IValue(options.momentum()),
        new IValue(rate),
        new IValue(0.0), // no damping
        new IValue(options.nesterov()),
        new IValue(false), // downhill
        new IValue(false), // first step: the same as any, from zero momentum without damping
        new IValue(), // no gradient scale
        new IValue()); // no overflow flag
  }
}
