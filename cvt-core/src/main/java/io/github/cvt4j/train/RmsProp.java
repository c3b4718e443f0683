package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * RMSprop (Hinton's lecture 6 of 2012) as PyTorch computes it, or as TensorFlow does (timm's {@code
 * RMSpropTF}). Decay is added to the gradient.
 */
public final class RmsProp extends GroupwiseOptimizer {

  /** Whose details. */
  public enum Flavour {
    /** Epsilon is added to the root; momentum accumulates without the rate; squares start at 0. */
    TORCH,
    /** Epsilon is added below the root; momentum accumulates the rate too; squares start at 1. */
    TENSORFLOW
  }

  /**
   * How it moves.
   *
   * @param alpha memory of the squares, in [0, 1)
   * @param eps keeps from dividing by zero, positive
   * @param momentum in [0, 1); 0 for none
   * @param centered whether to divide by the deviation instead of the root mean square
   */
  public record Options(
      double alpha, double eps, double momentum, boolean centered, Flavour flavour) {

    public Options {
      Sgd.Options.requireMomentum(momentum);
      if (!(alpha >= 0 && alpha < 1)) {
        throw new SpecException("RMSprop alpha " + alpha + ": expected 0 or more and less than 1");
      }
      if (!(eps > 0 && eps < 1)) {
        throw new SpecException("RMSprop epsilon " + eps + ": expected above 0 and below 1");
      }
    }
  }

  private final Options options;
  private final Slots squares;
  private final Slots means; // null unless centered
  private final Slots momenta; // null without momentum

  /**
   * @param parameters the model's, which keeps them
   * @param groups which of them to move, with their decay
   */
  public RmsProp(Parameters parameters, List<ParameterGroup> groups, Options options) {
    super(parameters, groups);
    this.options = options;
    squares = keep("square_avg", options.flavour() == Flavour.TENSORFLOW ? 1 : 0);
    means = options.centered() ? keep("grad_avg", 0) : null;
    momenta = options.momentum() > 0 ? keep("momentum", 0) : null;
  }

  @Override
  void update(ParameterGroup group, List<Tensor> gradients, double rate) {
    for (int i = 0; i < gradients.size(); i++) {
      String name = group.names().get(i);
      try (Scope scope = Scope.open()) {
        Tensor weight = parameters.get(name);
        Tensor gradient = gradients.get(i);
        if (group.weightDecay() > 0) {
          gradient = gradient.add(weight, new Scalar(group.weightDecay()));
        }
        move(name, weight, gradient, root(name, gradient), rate);
      }
    }
  }

  /** What the gradient is divided by. */
  private Tensor root(String name, Tensor gradient) {
    Scalar fresh = new Scalar(1 - options.alpha());
    Scalar eps = new Scalar(options.eps());
    Tensor square = squares.of(name).lerp_(gradient.mul(gradient), fresh);
    if (means != null) {
      Tensor mean = means.of(name).lerp_(gradient, fresh);
      square = square.addcmul(mean, mean, new Scalar(-1));
    }
    return options.flavour() == Flavour.TORCH ? square.sqrt().add_(eps) : square.add(eps).sqrt_();
  }

  private void move(String name, Tensor weight, Tensor gradient, Tensor root, double rate) {
    if (momenta == null) {
      weight.addcdiv_(gradient, root, new Scalar(-rate));
      return;
    }
    boolean inside = options.flavour() == Flavour.TENSORFLOW; // the rate, in the momentum
    Tensor momentum = momenta.of(name).mul_(new Scalar(options.momentum()));
    momentum.addcdiv_(gradient, root, new Scalar(inside ? rate : 1));
    weight.add_(momentum, new Scalar(inside ? -1 : -rate));
  }
}
