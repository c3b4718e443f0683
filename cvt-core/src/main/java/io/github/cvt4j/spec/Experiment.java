package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A model and its training as microsoft's experiment files describe them: every key of {@code
 * experiment.yaml} (in this package's resources), with its default or what a file or an override
 * set. Only readers of configuration see this class; they turn its sections into records. Immutable
 * and safe to share between threads.
 */
public final class Experiment {

  /** Characters of a value that a message repeats. */
  private static final int MAX_SHOWN = 80;

  private final String source;
  private final ObjectNode tree;
  private final Map<String, String> origins;

  /**
   * @param source names the whole in messages
   * @param tree complete and of the right types; given away
   * @param origins what set a key, by dotted key; keys at their default are absent
   */
  Experiment(String source, ObjectNode tree, Map<String, String> origins) {
    this.source = source;
    this.tree = tree;
    this.origins = origins;
  }

  /** Nothing but defaults: CvT-13 and a plain recipe. */
  public static Experiment defaults() {
    return new ExperimentReader("the defaults").experiment();
  }

  /**
   * Reads an experiment file: first the files in its {@code BASE} list (relative to it, or names of
   * {@link Variants}), then its own keys.
   *
   * @throws SpecException naming file, key, value and what was expected; for an unknown key the
   *     nearest known one
   */
  public static Experiment read(Path file) {
    ExperimentReader reader = new ExperimentReader(file.toString());
    reader.file(file);
    return reader.experiment();
  }

  /**
   * The same with keys overridden, as yacs does it: {@code ["MODEL.NUM_CLASSES", "10",
   * "MODEL.SPEC.DEPTH", "[1,2,10]"]}.
   *
   * @param overrides dotted keys and values in turn
   * @throws SpecException for an unknown key, a wrong type or a key without a value
   */
  public Experiment with(List<String> overrides) {
    ExperimentReader reader = reader();
    reader.overrides(overrides);
    return reader.experiment();
  }

  /** The same with another model and its evaluation; the recipe stays. */
  public Experiment withModel(CvtSpec spec, Preprocess preprocess) {
    ExperimentReader reader = reader();
    reader.tree(ModelKeys.tree(spec, preprocess), "the model");
    return reader.experiment();
  }

  /**
   * The same for weights of a model that are fine-tuned: the network is theirs, and so is the way
   * pictures are prepared where no file or override says it, above all the size.
   */
  public Experiment startingFrom(CvtSpec spec, Preprocess preprocess) {
    ObjectNode theirs = ModelKeys.tree(spec, preprocess);
    for (String key : origins.keySet()) {
      int dot = key.lastIndexOf('.');
      if (!key.startsWith("MODEL.")
          && dot > 0
          && theirs.get(key.substring(0, dot)) instanceof ObjectNode section) {
        section.remove(key.substring(dot + 1));
      }
    }
    ExperimentReader reader = reader();
    reader.tree(theirs, "the model");
    return reader.experiment();
  }

  /**
   * A section by its dotted name, such as {@code TRAIN} or {@code TRAIN.LR_SCHEDULER}; the empty
   * name stands for the keys outside of sections.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Section section(String path) {
    if (!value(path).isObject()) {
      throw new IllegalArgumentException(path + " is not a section");
    }
    return new Section(this, path);
  }

  /**
   * The model: {@code MODEL.NUM_CLASSES}, {@code MODEL.SPEC} and {@code TRAIN.IMAGE_SIZE}.
   *
   * @throws SpecException naming stage and field if it cannot be built
   */
  public CvtSpec spec() {
    return ModelKeys.spec(this);
  }

  /**
   * How pictures are evaluated: {@code TEST.IMAGE_SIZE}, {@code CENTER_CROP}, {@code CROP_RATIO},
   * {@code INTERPOLATION} and {@code INPUT}. As microsoft has it
   * (lib/dataset/transformas/build.py), {@code CENTER_CROP} resizes the short side to {@code
   * int(size / ratio)} and cuts the centre out; without it the picture is warped. {@code
   * IMAGE_SIZE} is [width, height] (lib/config/default.py).
   */
  public Preprocess preprocess() {
    return ModelKeys.preprocess(this);
  }

  /**
   * All keys and values, resolved, so without {@code BASE}; reading it gives an equal experiment.
   */
  public String toYaml() {
    StringBuilder yaml = new StringBuilder();
    append(yaml, tree, "");
    return yaml.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Experiment that && tree.equals(that.tree);
  }

  @Override
  public int hashCode() {
    return tree.hashCode();
  }

  @Override
  public String toString() {
    return source;
  }

  JsonNode value(String path) {
    if (path.isEmpty()) {
      return tree;
    }
    JsonNode value = tree;
    for (String key : path.split("\\.", -1)) {
      value = value.path(key);
    }
    if (value.isMissingNode()) {
      throw new IllegalArgumentException("experiment.yaml has no key " + path);
    }
    return value;
  }

  SpecException invalid(String path, String expected) {
    String origin = origins.getOrDefault(path, "left at its default in " + source);
    return invalid(path, value(path).toString(), origin, expected);
  }

  /** The one wording for a value that does not fit. */
  static SpecException invalid(String key, String value, String origin, String expected) {
    return new SpecException(
        "%s %s (%s): expected %s".formatted(key, shown(value), origin, expected));
  }

  /** A stranger's text on one line of limited length. */
  static String shown(String text) {
    String cut = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "..." : text;
    return cut.replaceAll("\\p{Cntrl}|\\R", "?");
  }

  /** Puts the experiment's name in front of what is wrong with it as a whole. */
  SpecException invalid(SpecException e) {
    return new SpecException(source + ": " + e.getMessage(), e);
  }

  private ExperimentReader reader() {
    return new ExperimentReader(source, tree.deepCopy(), new TreeMap<>(origins));
  }

  /** Values are written as JSON, which is YAML too. */
  private static void append(StringBuilder yaml, ObjectNode section, String indent) {
    for (Map.Entry<String, JsonNode> entry : section.properties()) {
      yaml.append(indent).append(entry.getKey()).append(':');
      if (entry.getValue() instanceof ObjectNode inner) {
        append(yaml.append('\n'), inner, indent + "  ");
      } else {
        yaml.append(' ').append(entry.getValue()).append('\n');
      }
    }
  }
}
