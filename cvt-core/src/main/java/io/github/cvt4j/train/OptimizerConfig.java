package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.spec.SpecException;
import java.util.List;
import java.util.Set;

/**
 * How weights move.
 *
 * @param method which optimizer
 * @param weightDecay at least 0
 * @param withoutDecay kinds of parameters that do not decay, beside class tokens and position
 *     embeddings
 * @param clipNorm largest joint L2 norm of all gradients; 0 for no limit
 */
public record OptimizerConfig(
    Method method, double weightDecay, Set<ParameterGroup.Kind> withoutDecay, double clipNorm) {

  public OptimizerConfig {
    // In the order of the enum, so that equal sets read the same in a saved run.
    withoutDecay = java.util.Collections.unmodifiableSet(new java.util.TreeSet<>(withoutDecay));
    if (!(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
      throw new SpecException("weight decay " + weightDecay + ": expected 0 or more");
    }
    if (!(clipNorm >= 0 && clipNorm < Double.POSITIVE_INFINITY)) {
      throw new SpecException("gradient norm limit " + clipNorm + ": expected 0 (none) or more");
    }
  }

  /** An optimizer with its options. */
  public sealed interface Method {}

  /**
   * {@link AdamW}.
   *
   * @param options its options
   */
  public record UseAdamW(AdamW.Options options) implements Method {}

  /**
   * {@link Sgd}.
   *
   * @param options its options
   */
  public record UseSgd(Sgd.Options options) implements Method {}

  /**
   * {@link Muon}.
   *
   * @param options its options
   */
  public record UseMuon(Muon.Options options) implements Method {}

  /** The optimizer of a model's parameters; the caller closes it, before the model. */
  Optimizer create(Parameters parameters) {
    List<ParameterGroup> groups = ParameterGroup.split(parameters, weightDecay, withoutDecay);
    if (method instanceof UseMuon muon) {
      return new Muon(parameters, groups, muon.options());
    }
    return method instanceof UseAdamW adamW
        ? new AdamW(parameters, groups, adamW.options())
        : new Sgd(parameters, groups, ((UseSgd) method).options());
  }
}
