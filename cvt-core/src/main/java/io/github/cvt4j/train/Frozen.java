package io.github.cvt4j.train;

import io.github.cvt4j.spec.SpecException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Parameters that stay as they are while others are trained.
 *
 * @param layers parts of the model by the beginning of their names, such as {@code stage0} or
 *     {@code stage1.blocks.0}; {@code *} stands for any text between dots
 * @param allButHead whether everything but the classifier stays, whatever the layers are
 */
public record Frozen(List<String> layers, boolean allButHead) {

  /** Everything is trained. */
  public static final Frozen NONE = new Frozen(List.of(), false);

  /** Only the classifier is trained. */
  public static final Frozen ALL_BUT_HEAD = new Frozen(List.of(), true);

  public Frozen {
    layers = List.copyOf(layers);
  }

  /**
   * Those of the names that stay.
   *
   * @param names of all that could be trained
   * @throws SpecException naming a layer that is none of the model's, or if nothing is left
   */
  public Set<String> of(Collection<String> names) {
    Set<String> frozen = new LinkedHashSet<>();
    for (String layer : layers) {
      Predicate<String> belongs = pattern(layer).asMatchPredicate();
      List<String> matching = names.stream().filter(belongs).toList();
      if (matching.isEmpty()) {
        throw new SpecException(
            "frozen layer '" + layer + "': expected a part of the model, such as stage0.blocks.0");
      }
      frozen.addAll(matching);
    }
    if (allButHead) {
      names.stream().filter(name -> !name.startsWith("head.")).forEach(frozen::add);
    }
    if (frozen.size() == names.size()) {
      throw new SpecException("all parameters are frozen: expected some that are trained");
    }
    return frozen;
  }

  private static Pattern pattern(String layer) {
    StringBuilder regex = new StringBuilder();
    for (String literal : layer.split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : "[^.]*").append(Pattern.quote(literal));
    }
    return Pattern.compile(regex.append("(\\..*)?").toString());
  }
}
