package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Operator;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.weights.HostTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;

/**
 * Stochastic gradient descent with momentum as PyTorch computes it: decay is added to the gradient,
 * the momentum accumulates gradients without damping and is scaled by the rate afterwards.
 */
public final class Sgd implements Optimizer {

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

  private final Parameters parameters;
  private final List<ParameterGroup> groups;
  private final Options options;
  private final Slots momenta;

  /**
   * @param parameters the model's, which keeps them
   * @param groups which of them to move, with their decay
   */
  public Sgd(Parameters parameters, List<ParameterGroup> groups, Options options) {
    this.parameters = parameters;
    this.groups = List.copyOf(groups);
    this.options = options;
    momenta = new Slots("momentum", parameters, groups);
  }

  @Override
  public void step(double rate) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      List<List<Tensor>> gradients =
          groups.stream().map(group -> Gradients.of(parameters, group)).toList();
      for (int i = 0; i < groups.size(); i++) {
        update(groups.get(i), gradients.get(i), rate);
      }
    }
  }

  private void update(ParameterGroup group, List<Tensor> gradients, double rate) {
    FUSED.run(
        FUSED.list(0, group.names().stream().map(parameters::get).toList()),
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

  @Override
  public Map<String, HostTensor> state() {
    Map<String, HostTensor> state = new LinkedHashMap<>();
    momenta.copyTo(state);
    return state;
  }

  @Override
  public void load(Map<String, HostTensor> state) {
    momenta.load(state);
  }

  @Override
  public void close() {
    momenta.close();
  }
}
