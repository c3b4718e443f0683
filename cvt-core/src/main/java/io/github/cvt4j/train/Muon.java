package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.weights.HostTensor;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Muon (K. Jordan 2024, as {@code torch.optim.Muon} computes it): momentum, made orthogonal by
 * {@link NewtonSchulz}, so that an update moves all directions of a weight matrix alike. For hidden
 * layers only; {@link AdamW} moves the rest at a rate of its own.
 *
 * <p>A matrix is the weight of a linear layer [out, in], or of an embedding convolution as [out,
 * in*k*k]. Its step is {@code rate * sqrt(max(1, rows / columns))} times the orthogonal matrix;
 * decay is decoupled and scaled by the rate. The rest is depth-wise convolutions, norms, biases,
 * class tokens and, as in Muon's own recipes, the first layer and the head. The matrices are shared
 * out between as many threads as libtorch uses where this is made; their number makes no difference
 * to results.
 */
public final class Muon extends GroupwiseOptimizer {

  /**
   * How it moves.
   *
   * @param momentum in [0, 1)
   * @param nesterov whether to look one step ahead
   * @param steps of the orthogonalisation, 1 to 20
   * @param adamRatio rate of AdamW's part over that of the matrices, positive
   * @param adam AdamW's memory
   */
  public record Options(
      double momentum, boolean nesterov, int steps, double adamRatio, AdamW.Options adam) {

    public Options {
      Sgd.Options.requireMomentum(momentum);
      if (steps < 1 || steps > 20) {
        throw new SpecException("Newton-Schulz steps " + steps + ": expected 1 to 20");
      }
      if (!(adamRatio > 0 && adamRatio < Double.POSITIVE_INFINITY)) {
        throw new SpecException("AdamW's share of Muon's rate " + adamRatio + ": expected above 0");
      }
    }
  }

  private final Options options;
  private final Slots momenta = keep("momentum", 0);
  private final AdamW adam;
  private final Crew crew = new Crew(Engine.threads());

  /**
   * @param parameters the model's, which keeps them
   * @param groups which of them to move, with their decay
   */
  public Muon(Parameters parameters, List<ParameterGroup> groups, Options options) {
    super(parameters, ParameterGroup.only(groups, name -> isHiddenMatrix(name, parameters)));
    this.options = options;
    adam =
        new AdamW(
            parameters,
            ParameterGroup.only(groups, name -> !isHiddenMatrix(name, parameters)),
            options.adam());
  }

  private static boolean isHiddenMatrix(String name, Parameters parameters) {
    Tensor tensor = parameters.get(name);
    boolean linear = tensor.dim() == 2;
    boolean convolution = tensor.dim() == 4 && tensor.size(1) > 1; // not depth-wise
    return name.endsWith(".weight") // nor a position embedding
        && (linear || convolution)
        && !name.startsWith("head.")
        && !name.startsWith("stage0.patch_embed.");
  }

  @Override
  public void step(double rate) {
    super.step(rate);
    adam.step(rate * options.adamRatio());
  }

  @Override
  void update(ParameterGroup group, List<Tensor> gradients, double rate) {
    crew.each(
        gradients.size(),
        i -> {
          String name = group.names().get(i);
          try (Scope scope = Scope.open();
              NoGrad noGrad = NoGrad.enter()) {
            move(
                parameters.get(name),
                gradients.get(i),
                momenta.of(name),
                rate,
                group.weightDecay());
          }
        });
  }

  private void move(Tensor weight, Tensor gradient, Tensor mean, double rate, double decay) {
    mean.lerp_(gradient, new Scalar(1 - options.momentum()));
    Tensor direction =
        options.nesterov() ? gradient.lerp(mean, new Scalar(options.momentum())) : mean;
    Tensor matrix = direction.flatten(1, -1); // [out, in * k * k]
    Tensor orthogonal = NewtonSchulz.orthogonalise(matrix, options.steps());
    double scale = Math.sqrt(Math.max(1, (double) matrix.size(0) / matrix.size(1)));
    weight.mul_(new Scalar(1 - rate * decay));
    weight.add_(orthogonal.view_as(weight), new Scalar(-rate * scale));
  }

  @Override
  public Map<String, HostTensor> state() {
    Map<String, HostTensor> state = super.state();
    state.putAll(adam.state());
    return state;
  }

  @Override
  public void load(Map<String, HostTensor> state) {
    super.load(state);
    adam.load(state);
  }

  @Override
  public void close() {
    crew.close();
    super.close();
    adam.close();
  }
}
