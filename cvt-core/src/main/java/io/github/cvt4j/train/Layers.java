package io.github.cvt4j.train;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers a model's layers for layer-wise rates, as BEiT and timm do for plain transformers: 0 for
 * the first embedding, then the blocks of all stages one by one, then the last norm and the head
 * together. A later stage's embedding and class token belong to the block that they feed.
 */
final class Layers {

  private static final Pattern BLOCK = Pattern.compile("(stage\\d+\\.)blocks\\.\\d+\\.");
  private static final Pattern STAGE = Pattern.compile("(stage\\d+\\.).*");

  private final List<String> blocks;

  /**
   * @param names of all parameters, in the order of the state dict
   */
  Layers(Collection<String> names) {
    LinkedHashSet<String> found = new LinkedHashSet<>();
    for (String name : names) {
      Matcher block = BLOCK.matcher(name);
      if (block.lookingAt()) {
        found.add(block.group());
      }
    }
    blocks = new ArrayList<>(found);
  }

  /** The highest number. */
  int last() {
    return blocks.size() + 1;
  }

  int of(String name) {
    Matcher stage = STAGE.matcher(name);
    if (!stage.matches()) {
      return last();
    }
    Matcher block = BLOCK.matcher(name);
    if (block.lookingAt()) {
      return 1 + blocks.indexOf(block.group());
    }
    String first = stage.group(1) + "blocks.0.";
    return first.startsWith("stage0.") ? 0 : 1 + blocks.indexOf(first);
  }
}
