package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Lays files, variants and overrides over the defaults, checking each key and type. */
final class ExperimentReader {

  private static final String BASE = "BASE";
  private static final int MAX_INCLUDES = 64;

  private static final ObjectNode DEFAULTS = resource("experiment.yaml");
  private static final List<String> KEYS = keys(DEFAULTS, "", new ArrayList<>());

  private final String source;
  private final ObjectNode tree;
  private final Map<String, String> origins;

  /** What is being read, outermost first: an include of any of these would not end. */
  private final Set<String> open = new LinkedHashSet<>();

  private int includes;

  /** Starts from the defaults. */
  ExperimentReader(String source) {
    this(source, DEFAULTS.deepCopy(), new TreeMap<>());
  }

  /** Starts from an experiment; its tree and origins are given away. */
  ExperimentReader(String source, ObjectNode tree, Map<String, String> origins) {
    this.source = source;
    this.tree = tree;
    this.origins = origins;
  }

  /** A resource of this package; it is ours, so damage is a bug. */
  static ObjectNode resource(String name) {
    try (InputStream in = ExperimentReader.class.getResourceAsStream(name)) {
      return Documents.yaml(in.readAllBytes(), name);
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  Experiment experiment() {
    return new Experiment(source, tree, origins);
  }

  void file(Path file) {
    Path normal = file.toAbsolutePath().normalize();
    included(Documents.yaml(file), normal.toString(), file.toString(), base -> include(file, base));
  }

  void variant(String name) {
    included(Variants.tree(name), name, "variant " + name, this::variant);
  }

  /** Lays a tree of known keys over what is there; {@code BASE} is not looked at. */
  void tree(ObjectNode values, String origin) {
    ObjectNode own = values.deepCopy();
    own.remove(BASE);
    merge(tree, own, "", origin);
  }

  /** Sets one known key. */
  void set(String key, JsonNode value, String origin) {
    set(key, type(key).accept(value), value.toString(), origin);
  }

  void overrides(List<String> overrides) {
    for (int i = 0; i < overrides.size(); i += 2) {
      String key = overrides.get(i);
      if (i + 1 == overrides.size()) {
        throw new SpecException(
            "override " + Experiment.shown(key) + ": expected a value after it (KEY VALUE ...)");
      }
      override(key, overrides.get(i + 1));
    }
  }

  private void override(String key, String text) {
    if (!KEYS.contains(key)) {
      throw unknown(key, "the overrides");
    }
    set(key, type(key).acceptText(text), "'" + text + "'", "the overrides");
  }

  private static ValueType type(String key) {
    return ValueType.of(DEFAULTS.at(pointer(key)));
  }

  private static String pointer(String key) {
    return "/" + key.replace('.', '/');
  }

  private interface Include {
    void read(String base);
  }

  private void included(ObjectNode values, String identity, String origin, Include include) {
    if (++includes > MAX_INCLUDES) {
      throw new SpecException(
          "%s: more than %d files are included".formatted(source, MAX_INCLUDES));
    }
    if (!open.add(identity)) {
      throw new SpecException(
          origin + ": BASE includes the file itself: " + String.join(" -> ", open) + " -> again");
    }
    for (String base : bases(values, origin)) {
      include.read(base);
    }
    open.remove(identity);
    tree(values, origin);
  }

  private static List<String> bases(ObjectNode values, String origin) {
    List<String> bases = new ArrayList<>();
    JsonNode listed = values.path(BASE);
    boolean wrong = !listed.isMissingNode() && !listed.isArray();
    for (JsonNode base : listed) {
      wrong |= !base.isTextual();
      if (!base.asText().isEmpty()) {
        bases.add(base.asText());
      }
    }
    if (wrong) {
      throw new SpecException(
          "BASE %s (%s): expected a list of files or variants"
              .formatted(Experiment.shown(listed.toString()), origin));
    }
    return bases;
  }

  private void include(Path from, String base) {
    try {
      Path file = from.resolveSibling(base);
      if (!Files.exists(file) && Variants.names().contains(base)) {
        variant(base);
      } else {
        file(file);
      }
    } catch (InvalidPathException e) {
      throw new SpecException(
          "BASE '%s' (%s): not a file name".formatted(Experiment.shown(base), from), e);
    }
  }

  private void merge(ObjectNode into, ObjectNode values, String prefix, String origin) {
    for (Map.Entry<String, JsonNode> entry : values.properties()) {
      String key = prefix + entry.getKey();
      JsonNode known = into.get(entry.getKey());
      JsonNode value = entry.getValue();
      if (known == null) {
        throw unknown(key, origin);
      }
      if (known instanceof ObjectNode section) {
        if (!(value instanceof ObjectNode inner)) {
          throw Experiment.invalid(key, value.toString(), origin, "a section with keys of its own");
        }
        merge(section, inner, key + ".", origin);
      } else {
        set(key, value, origin);
      }
    }
  }

  private void set(String key, JsonNode accepted, String shown, String origin) {
    if (accepted == null) {
      throw Experiment.invalid(key, shown, origin, type(key).description());
    }
    int dot = key.lastIndexOf('.');
    JsonNode section = dot < 0 ? tree : tree.at(pointer(key.substring(0, dot)));
    ((ObjectNode) section).set(key.substring(dot + 1), accepted);
    origins.put(key, origin);
  }

  private static SpecException unknown(String key, String origin) {
    String nearest = Nearest.of(key, KEYS).map(known -> "; the nearest is " + known).orElse("");
    return new SpecException(
        "unknown key %s (%s)%s".formatted(Experiment.shown(key), origin, nearest));
  }

  private static List<String> keys(ObjectNode section, String prefix, List<String> into) {
    for (Map.Entry<String, JsonNode> entry : section.properties()) {
      if (entry.getValue() instanceof ObjectNode inner) {
        keys(inner, prefix + entry.getKey() + ".", into);
      } else {
        into.add(prefix + entry.getKey());
      }
    }
    return into;
  }
}
