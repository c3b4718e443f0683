package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * LAMB (You et al. 2020, arXiv 1904.00962) as timm and NVIDIA's FusedLAMB compute it: Adam's step
 * plus decay, as long as {@code rate * |weights|} for each parameter that decays; the others take
 * Adam's step as it is.
 */
public final class Lamb extends GroupwiseOptimizer {

  /**
   * How it moves.
   *
   * @param adam the memory of Adam's step
   * @param maxNorm to which all gradients are scaled down together first; 0 for no limit
   */
  public record Options(AdamW.Options adam, double maxNorm) {

    /** timm's. */
    public static final Options DEFAULT = new Options(new AdamW.Options(0.9, 0.999, 1e-6), 1);

    public Options {
      if (!(maxNorm >= 0 && maxNorm < Double.POSITIVE_INFINITY)) {
        throw new SpecException("LAMB norm limit " + maxNorm + ": expected 0 (none) or more");
      }
    }
  }

  private final Options options;
  private final Slots means = keep("exp_avg", 0);
  private final Slots variances = keep("exp_avg_sq", 0);
  private final Tensor steps = countSteps();
  private double gradientScale;

  /**
   * @param parameters the model's, which keeps them
   * @param groups which of them to move, with their decay
   */
  public Lamb(Parameters parameters, List<ParameterGroup> groups, Options options) {
    super(parameters, groups);
    this.options = options;
  }

  @Override
  void prepare(List<List<Tensor>> gradients) {
    double norm =
        options.maxNorm() > 0
            ? Gradients.norm(gradients.stream().flatMap(List::stream).toList())
            : 0;
    gradientScale = norm > options.maxNorm() ? options.maxNorm() / norm : 1;
  }

  @Override
  void update(ParameterGroup group, List<Tensor> gradients, double rate) {
    for (int i = 0; i < gradients.size(); i++) {
      String name = group.names().get(i);
      try (Scope scope = Scope.open()) {
        Tensor weight = parameters.get(name);
        Tensor step = adam(name, gradients.get(i).mul(new Scalar(gradientScale)));
        double trust = 1;
        if (group.weightDecay() > 0) {
          step.add_(weight, new Scalar(group.weightDecay()));
          trust = ratio(weight.norm().item_double(), step.norm().item_double());
        }
        weight.add_(step, new Scalar(-rate * trust));
      }
    }
  }

  private Tensor adam(String name, Tensor gradient) {
    AdamW.Options adam = options.adam();
    double count = steps.item_double();
    Tensor mean = means.of(name).lerp_(gradient, new Scalar(1 - adam.beta1()));
    Tensor variance = variances.of(name).mul_(new Scalar(adam.beta2()));
    variance.addcmul_(gradient, gradient, new Scalar(1 - adam.beta2()));
    Scalar meanBias = new Scalar(1 - Math.pow(adam.beta1(), count));
    Scalar rootBias = new Scalar(Math.sqrt(1 - Math.pow(adam.beta2(), count)));
    return mean.div(meanBias).div_(variance.sqrt().div_(rootBias).add_(new Scalar(adam.eps())));
  }

  private static double ratio(double weights, double step) {
    return weights > 0 && step > 0 ? weights / step : 1;
  }
}
