package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * {@link AdamW} operator by operator and parameter by parameter, as the original program's
 * optimizer runs on a CPU: what the fused kernel is held against.
 */
final class PlainAdamW extends GroupwiseOptimizer {

  private final AdamW.Options options;
  private final Slots means = keep("exp_avg", 0);
  private final Slots variances = keep("exp_avg_sq", 0);
  private final Tensor steps = countSteps();

  PlainAdamW(Parameters parameters, List<ParameterGroup> groups, AdamW.Options options) {
    super(parameters, groups);
    this.options = options;
  }

  @Override
  void update(ParameterGroup group, List<Tensor> gradients, double rate) {
    double step = steps.item_double();
    double meanScale = 1 - Math.pow(options.beta1(), step);
    double rootScale = Math.sqrt(1 - Math.pow(options.beta2(), step));
    for (int i = 0; i < gradients.size(); i++) {
      try (Scope scope = Scope.open()) {
        String name = group.names().get(i);
        Tensor weight = parameters.get(name);
        Tensor gradient = gradients.get(i);
        Tensor mean = means.of(name);
        Tensor variance = variances.of(name);
        weight.mul_(new Scalar(1 - rate * group.weightDecay()));
        mean.lerp_(gradient, new Scalar(1 - options.beta1()));
        variance
            .mul_(new Scalar(options.beta2()))
            .addcmul_(gradient, gradient, new Scalar(1 - options.beta2()));
        Tensor root = variance.sqrt().div_(new Scalar(rootScale)).add_(new Scalar(options.eps()));
        weight.addcdiv_(mean, root, new Scalar(-rate / meanScale));
      }
    }
  }
}
