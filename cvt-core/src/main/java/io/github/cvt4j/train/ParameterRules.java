package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.train.ParameterGroup.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which parameters move, which decay, and how fast each may go.
 *
 * @param weightDecay at least 0
 * @param withoutDecay kinds of parameters that do not decay, beside class tokens and position
 *     embeddings
 * @param layerDecay learning rate of a layer over that of the next one, in (0, 1]; 1 for the same
 *     rate throughout
 * @param frozen parameters that stay as they are
 */
public record ParameterRules(
    double weightDecay, Set<Kind> withoutDecay, double layerDecay, Frozen frozen) {

  public ParameterRules {
    // In the order of the enum, so that equal sets read the same in a saved run.
    withoutDecay = Collections.unmodifiableSet(new TreeSet<>(withoutDecay));
    if (!(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
      throw new SpecException("weight decay " + weightDecay + ": expected 0 or more");
    }
    if (!(layerDecay > 0 && layerDecay <= 1)) {
      throw new SpecException("layer decay " + layerDecay + ": expected above 0 and at most 1");
    }
  }

  /** All parameters at one rate, those decaying that decay in the published recipes. */
  public static ParameterRules published(double weightDecay) {
    return new ParameterRules(weightDecay, ParameterGroup.PUBLISHED, 1, Frozen.NONE);
  }

  /**
   * The model's trained parameters in groups: first those that decay, from the first layer to the
   * last, then the others. Class tokens and position embeddings never decay (microsoft {@code
   * lib/optim/build.py} and the model's {@code no_weight_decay}). No group is empty.
   *
   * @throws SpecException if what is to be frozen is not there, or is everything
   */
  public List<ParameterGroup> groups(Parameters parameters) {
    Set<String> still = frozen.of(parameters.trained().keySet());
    Layers layers = new Layers(parameters.names());
    Map<List<Double>, List<String>> groups = new LinkedHashMap<>();
    for (boolean decaying : new boolean[] {true, false}) {
      for (String name : parameters.trained().keySet()) {
        if (!still.contains(name) && decays(name) == decaying) {
          double scale = Math.pow(layerDecay, layers.last() - layers.of(name));
          groups
              .computeIfAbsent(List.of(decaying ? weightDecay : 0, scale), key -> new ArrayList<>())
              .add(name);
        }
      }
    }
    return groups.entrySet().stream()
        .map(e -> new ParameterGroup(e.getValue(), e.getKey().get(0), e.getKey().get(1)))
        .toList();
  }

  private boolean decays(String name) {
    if (name.endsWith("cls_token") || name.endsWith("pos_embed")) {
      return false;
    }
    boolean batchNorm = name.contains(".bn.");
    // Every layer norm is called norm, norm1 or norm2.
    boolean layerNorm = name.matches("(.*\\.)?norm\\d?\\.(weight|bias)");
    boolean bias = name.endsWith(".bias");
    boolean depthwise = name.endsWith(".conv.weight");
    return !((batchNorm && withoutDecay.contains(Kind.BATCH_NORM))
        || (layerNorm && withoutDecay.contains(Kind.LAYER_NORM))
        || (bias && withoutDecay.contains(Kind.BIAS))
        || (depthwise && withoutDecay.contains(Kind.DEPTHWISE)));
  }
}
