package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Parameters that an optimizer treats alike.
 *
 * @param names of the parameters, in the order of the state dict
 * @param weightDecay of these parameters, at least 0
 * @param rateScale their learning rate over that of the step, positive
 */
public record ParameterGroup(List<String> names, double weightDecay, double rateScale) {

  public ParameterGroup {
    names = List.copyOf(names);
  }

  /** Kinds of parameters that can be left out of weight decay. */
  public enum Kind {
    /** Scale and shift of batch norms. */
    BATCH_NORM,
    /** Scale and shift of layer norms. */
    LAYER_NORM,
    /** Every bias. */
    BIAS,
    /** Weights of the depth-wise convolutions. */
    DEPTHWISE
  }

  /** What the published recipes leave out ({@code WITHOUT_WD_LIST: ['bn', 'bias', 'ln']}). */
  public static final Set<Kind> PUBLISHED = Set.of(Kind.BATCH_NORM, Kind.LAYER_NORM, Kind.BIAS);

  /**
   * All trained parameters, with and without decay, all at the same rate.
   *
   * @param without kinds that do not decay
   */
  public static List<ParameterGroup> split(
      Parameters parameters, double weightDecay, Set<Kind> without) {
    return new ParameterRules(weightDecay, without, 1, Frozen.NONE).groups(parameters);
  }

  /** What remains of the groups with the parameters whose names pass; none is empty. */
  static List<ParameterGroup> only(List<ParameterGroup> groups, Predicate<String> names) {
    return groups.stream()
        .map(group -> group.with(group.names().stream().filter(names).toList()))
        .filter(group -> !group.names().isEmpty())
        .toList();
  }

  private ParameterGroup with(List<String> others) {
    return new ParameterGroup(others, weightDecay, rateScale);
  }
}
