package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The models that have a name: the published ones, and three for 32x32 pictures whose reasons are
 * given where they are written, in {@code variants.yaml} beside this class.
 */
public final class Variants {

  private static final String ABOUT = "ABOUT";
  private static final Map<String, ObjectNode> TREES = load();

  private Variants() {}

  /**
   * A named model.
   *
   * @param name as it is asked for, such as {@code cvt-13}
   * @param about one line without a full stop
   * @param spec the network
   * @param preprocess how it was, or is meant to be, evaluated
   */
  public record Variant(String name, String about, CvtSpec spec, Preprocess preprocess) {}

  /** All names, in the order in which to list them. */
  public static Collection<String> names() {
    return Collections.unmodifiableSet(TREES.keySet());
  }

  /** All variants, in the same order. */
  public static List<Variant> all() {
    return names().stream().map(Variants::get).toList();
  }

  /**
   * The variant of that name.
   *
   * @throws SpecException naming the nearest if there is none
   */
  public static Variant get(String name) {
    Experiment experiment = experiment(name);
    String about = TREES.get(name).get(ABOUT).textValue();
    return new Variant(name, about, experiment.spec(), experiment.preprocess());
  }

  /**
   * The variant as an experiment, with a plain recipe.
   *
   * @throws SpecException naming the nearest if there is none
   */
  public static Experiment experiment(String name) {
    if (!TREES.containsKey(name)) {
      throw new SpecException(
          "unknown variant '" + Experiment.shown(name) + "'" + suggestion(name));
    }
    ExperimentReader reader = new ExperimentReader(name);
    reader.variant(name);
    return reader.experiment();
  }

  /** Completes a message about an unknown name. */
  static String suggestion(String name) {
    return Nearest.likely(name, TREES.keySet())
        .map(near -> "; did you mean " + near + "?")
        .orElse("; known are " + String.join(", ", TREES.keySet()));
  }

  /** Keys of an experiment, {@code BASE} included. */
  static ObjectNode tree(String name) {
    ObjectNode tree = TREES.get(name).deepCopy();
    tree.remove(ABOUT);
    return tree;
  }

  private static Map<String, ObjectNode> load() {
    Map<String, ObjectNode> trees = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry :
        ExperimentReader.resource("variants.yaml").properties()) {
      trees.put(entry.getKey(), (ObjectNode) entry.getValue());
    }
    return trees;
  }
}
