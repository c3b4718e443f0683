package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Operator;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) as PyTorch computes it: decay is decoupled
 * from the gradient and scaled by the rate. Runs in libtorch's fused kernel, one pass over memory.
 */
public final class AdamW implements Optimizer {

  /**
   * What AdamW remembers.
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
            "AdamW betas " + beta1 + ", " + beta2 + ": expected 0 or more and less than 1");
      }
      if (!(eps > 0 && eps < 1)) {
        throw new SpecException("AdamW epsilon " + eps + ": expected above 0 and below 1");
      }
    }
  }

  private static final Operator FUSED = Operator.find("aten::_fused_adamw_", "");

  private final Parameters parameters;
  private final List<ParameterGroup> groups;
  private final Options options;
  private final Slots means;
  private final Slots variances;
  private final Tensor steps; // scalar, shared by all parameters

  /**
   * @param parameters the model's, which keeps them
   * @param groups which of them to move, with their decay
   */
  public AdamW(Parameters parameters, List<ParameterGroup> groups, Options options) {
    this.parameters = parameters;
    this.groups = List.copyOf(groups);
    this.options = options;
    means = new Slots("exp_avg", parameters, groups);
    variances = new Slots("exp_avg_sq", parameters, groups);
    try (Scope scope = Scope.open()) {
      steps = Scope.keep(Tensors.full(0));
    }
  }

  @Override
  public void step(double rate) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      List<List<Tensor>> gradients =
          groups.stream().map(group -> Gradients.of(parameters, group)).toList();
      steps.add_(new Scalar(1)); // the kernel expects the number of the step it makes
      for (int i = 0; i < groups.size(); i++) {
        update(groups.get(i), gradients.get(i), rate);
      }
    }
  }

  private void update(ParameterGroup group, List<Tensor> gradients, double rate) {
    List<Tensor> targets = group.names().stream().map(parameters::get).toList();
    FUSED.run(
        FUSED.list(0, targets),
        FUSED.list(1, gradients),
        FUSED.list(2, means.of(group)),
        FUSED.list(3, variances.of(group)),
        FUSED.list(4, List.of()), // maxima, for AMSGrad only
        FUSED.list(5, Collections.nCopies(targets.size(), steps)),
        new IValue(rate),
        new IValue(options.beta1()),
        new IValue(options.beta2()),
        new IValue(group.weightDecay()),
        new IValue(options.eps()),
        new IValue(false), // no AMSGrad
        new IValue(false), // downhill
        new IValue(), // no gradient scale
        new IValue()); // no overflow flag
  }

  @Override
  public Map<String, HostTensor> state() {
    Map<String, HostTensor> state = new LinkedHashMap<>();
    state.put("step", Tensors.host(steps));
    means.copyTo(state);
    variances.copyTo(state);
    return state;
  }

  @Override
  public void load(Map<String, HostTensor> state) {
    Slots.assign(steps, "step", state);
    means.load(state);
    variances.load(state);
  }

  @Override
  public void close() {
    means.close();
    variances.close();
    Scope.release(steps);
  }
}
