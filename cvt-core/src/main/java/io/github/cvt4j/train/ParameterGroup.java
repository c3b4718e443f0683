package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Parameters that an optimizer treats alike.
 *
 * @param names of the parameters, in the order of the state dict
 * @param weightDecay of these parameters, at least 0
 */
public record ParameterGroup(List<String> names, double weightDecay) {

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
   * All trained parameters in two groups, with and without decay; an empty group is left out. Class
   * tokens and position embeddings never decay (microsoft {@code lib/optim/build.py} and the
   * model's {@code no_weight_decay}).
   *
   * @param without kinds that do not decay
   */
  public static List<ParameterGroup> split(
      Parameters parameters, double weightDecay, Set<Kind> without) {
    List<String> decaying = new ArrayList<>();
    List<String> others = new ArrayList<>();
    parameters
        .trained()
        .forEach((name, tensor) -> (decays(name, without) ? decaying : others).add(name));
    List<ParameterGroup> groups = new ArrayList<>();
    if (!decaying.isEmpty()) {
      groups.add(new ParameterGroup(decaying, weightDecay));
    }
    if (!others.isEmpty()) {
      groups.add(new ParameterGroup(others, 0));
    }
    return groups;
  }

  /** What remains of the groups with the parameters whose names pass; none is empty. */
  static List<ParameterGroup> only(List<ParameterGroup> groups, Predicate<String> names) {
    return groups.stream()
        .map(
            group ->
                new ParameterGroup(
                    group.names().stream().filter(names).toList(), group.weightDecay()))
        .filter(group -> !group.names().isEmpty())
        .toList();
  }

  private static boolean decays(String name, Set<Kind> without) {
    if (name.endsWith("cls_token") || name.endsWith("pos_embed")) {
      return false;
    }
    boolean batchNorm = name.contains(".bn.");
    // Every layer norm is called norm, norm1 or norm2.
    boolean layerNorm = name.matches("(.*\\.)?norm\\d?\\.(weight|bias)");
    boolean bias = name.endsWith(".bias");
    boolean depthwise = name.endsWith(".conv.weight");
    return !((batchNorm && without.contains(Kind.BATCH_NORM))
        || (layerNorm && without.contains(Kind.LAYER_NORM))
        || (bias && without.contains(Kind.BIAS))
        || (depthwise && without.contains(Kind.DEPTHWISE)));
  }
}
