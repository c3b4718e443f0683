package io.github.cvt4j.spec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads YAML and JSON that come from strangers into plain trees: one document of limited size and
 * depth, no duplicate keys; in YAML neither aliases (they can multiply) nor tags (they name types).
 */
final class Documents {

  /** Experiments have a few kilobytes. */
  private static final int MAX_YAML = 1 << 20;

  /** The labels of 22,000 classes, twice, have about three megabytes. */
  private static final int MAX_JSON = 8 << 20;

  private static final int MAX_DEPTH = 32;

  private static final StreamReadConstraints LIMITS =
      StreamReadConstraints.builder()
          .maxNestingDepth(MAX_DEPTH)
          .maxNumberLength(100)
          .maxNameLength(1_000)
          .maxStringLength(100_000)
          .build();

  private static final YAMLMapper YAML =
      YAMLMapper.builder(YAMLFactory.builder().streamReadConstraints(LIMITS).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final JsonMapper JSON =
      JsonMapper.builder(JsonFactory.builder().streamReadConstraints(LIMITS).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Documents() {}

  /**
   * The mapping that a YAML file holds.
   *
   * @throws SpecException naming the file
   */
  static ObjectNode yaml(Path file) {
    return yaml(bytes(file, MAX_YAML), file.toString());
  }

  /** The mapping that a YAML text holds; {@code source} names it in messages. */
  static ObjectNode yaml(byte[] text, String source) {
    return mapping(yamlTree(text, source), source);
  }

  /** The object that a JSON file holds. */
  static ObjectNode json(Path file) {
    byte[] text = bytes(file, MAX_JSON);
    try {
      return mapping(JSON.readTree(text), file.toString());
    } catch (IOException e) {
      throw invalid(e, "JSON", file.toString());
    }
  }

  /** A value as it stands in YAML, such as {@code [1, 2]}, {@code True} or {@code 1e-5}. */
  static JsonNode yamlValue(String text) {
    return yamlTree(text.getBytes(StandardCharsets.UTF_8), "the value");
  }

  /** A tree as indented JSON. */
  static String toJson(JsonNode tree) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(tree) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a plain tree is always JSON", e);
    }
  }

  /** An empty object to fill. */
  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** Any value as a tree. */
  static JsonNode tree(Object value) {
    return JSON.valueToTree(value);
  }

  private static JsonNode yamlTree(byte[] text, String source) {
    try {
      refuseReferences(text, source);
      return YAML.readTree(text);
    } catch (IOException e) {
      throw invalid(e, "YAML", source);
    }
  }

  private static void refuseReferences(byte[] text, String source) throws IOException {
    try (YAMLParser parser = YAML.getFactory().createParser(text)) {
      while (parser.nextToken() != null) {
        String what =
            parser.isCurrentAlias() ? "an alias" : parser.getTypeId() != null ? "a tag" : null;
        if (what != null) {
          throw new SpecException(
              "%s: %s at line %d: expected plain values"
                  .formatted(source, what, parser.currentTokenLocation().getLineNr()));
        }
      }
    }
  }

  private static ObjectNode mapping(JsonNode tree, String source) {
    if (tree instanceof ObjectNode object) {
      return object;
    }
    throw new SpecException(source + ": expected keys and values, but it is " + kind(tree));
  }

  private static String kind(JsonNode tree) {
    return tree == null || tree.isMissingNode() || tree.isNull()
        ? "empty"
        : tree.isArray() ? "a list" : "a single value";
  }

  private static byte[] bytes(Path file, int limit) {
    if (!Files.exists(file)) {
      throw new SpecException(file + ": no such file");
    }
    if (!Files.isRegularFile(file)) {
      throw new SpecException(file + ": expected a file, but it is a directory or device");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(limit + 1);
      if (bytes.length > limit) {
        throw new SpecException(file + ": longer than " + limit + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new SpecException(file + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private static SpecException invalid(IOException e, String format, String source) {
    String what = String.valueOf(e.getMessage());
    String where = "";
    if (e instanceof JsonProcessingException parsing) {
      what = parsing.getOriginalMessage();
      JsonLocation location = parsing.getLocation();
      where = location == null ? "" : " at line " + location.getLineNr();
    }
    return new SpecException(
        "%s: not valid %s%s: %s"
            .formatted(
                source, format, where, Experiment.shown(what.lines().findFirst().orElse(""))),
        e);
  }
}
