package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import java.util.List;

/**
 * How weights move.
 *
 * @param method which optimizer
 * @param rules which weights, and what holds for each
 * @param clipping of gradients before each step
 */
public record OptimizerConfig(Method method, ParameterRules rules, Clipping clipping) {

  /** An optimizer with its options. */
  public sealed interface Method {

    /** The optimizer of these groups; the caller closes it, before the model. */
    Optimizer create(Parameters parameters, List<ParameterGroup> groups);
  }

  /**
   * {@link AdamW}.
   *
   * @param options its options
   */
  public record UseAdamW(AdamW.Options options) implements Method {

    @Override
    public Optimizer create(Parameters parameters, List<ParameterGroup> groups) {
      return new AdamW(parameters, groups, options);
    }
  }

  /**
   * {@link Adam}.
   *
   * @param options its options
   */
  public record UseAdam(AdamW.Options options) implements Method {

    @Override
    public Optimizer create(Parameters parameters, List<ParameterGroup> groups) {
      return new Adam(parameters, groups, options);
    }
  }

  /**
   * {@link Sgd}.
   *
   * @param options its options
   */
  public record UseSgd(Sgd.Options options) implements Method {

    @Override
    public Optimizer create(Parameters parameters, List<ParameterGroup> groups) {
      return new Sgd(parameters, groups, options);
    }
  }

  /**
   * {@link RmsProp}.
   *
   * @param options its options
   */
  public record UseRmsProp(RmsProp.Options options) implements Method {

    @Override
    public Optimizer create(Parameters parameters, List<ParameterGroup> groups) {
      return new RmsProp(parameters, groups, options);
    }
  }

  /**
   * {@link Lamb}.
   *
   * @param options its options
   */
  public record UseLamb(Lamb.Options options) implements Method {

    @Override
    public Optimizer create(Parameters parameters, List<ParameterGroup> groups) {
      return new Lamb(parameters, groups, options);
    }
  }

  /**
   * {@link Muon}.
   *
   * @param options its options
   */
  public record UseMuon(Muon.Options options) implements Method {

    @Override
    public Optimizer create(Parameters parameters, List<ParameterGroup> groups) {
      return new Muon(parameters, groups, options);
    }
  }

  /** The optimizer of a model's parameters; the caller closes it, before the model. */
  Optimizer create(Parameters parameters) {
    return method.create(parameters, rules.groups(parameters));
  }
}
