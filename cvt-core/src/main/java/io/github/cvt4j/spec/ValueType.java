package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The type of an experiment's key, taken from its default, and what is accepted for it. As in yacs,
 * text that stands where something else is expected is read as a literal: {@code '(0.08, 1.0)'} is
 * a list. Beyond yacs, whole numbers do for numbers.
 *
 * @param item of the value, or of each of its entries
 * @param list whether it is a list
 */
record ValueType(Item item, boolean list) {

  enum Item {
    INTEGER("a whole number", "whole numbers"),
    NUMBER("a number", "numbers"),
    FLAG("True or False", "True or False"),
    TEXT("text", "texts"),
    ANY("a plain value", "plain values");

    private final String one;
    private final String many;

    Item(String one, String many) {
      this.one = one;
      this.many = many;
    }
  }

  /** Numbers that YAML 1.1 takes for text and Python for numbers. */
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d{1,40}\\.?\\d{0,40}|\\.\\d{1,40})([eE][-+]?\\d{1,4})?");

  private static final Pattern QUOTED = Pattern.compile("'[^']*'|\"[^\"]*\"");

  private static final Set<String> YES = Set.of("yes", "on", "true");
  private static final Set<String> NO = Set.of("no", "off", "false");

  static ValueType of(JsonNode example) {
    if (!example.isArray()) {
      return new ValueType(item(example), false);
    }
    return new ValueType(example.isEmpty() ? Item.ANY : item(example.get(0)), true);
  }

  private static Item item(JsonNode example) {
    if (example.isIntegralNumber()) {
      return Item.INTEGER;
    }
    if (example.isNumber()) {
      return Item.NUMBER;
    }
    return example.isBoolean() ? Item.FLAG : Item.TEXT;
  }

  /** What is expected, for messages. */
  String description() {
    return list ? "a list of " + item.many : item.one;
  }

  /** The value in this type's own form, or null if it is not of this type. */
  JsonNode accept(JsonNode value) {
    if (!list) {
      return scalar(value);
    }
    JsonNode items = value.isTextual() ? literal(value.textValue()) : value;
    if (!items.isArray()) {
      return null;
    }
    ArrayNode accepted = JsonNodeFactory.instance.arrayNode(items.size());
    for (JsonNode entry : items) {
      JsonNode scalar = scalar(entry);
      if (scalar == null) {
        return null;
      }
      accepted.add(scalar);
    }
    return accepted;
  }

  /** As {@link #accept}, for a value from the command line: unquoted text is text. */
  JsonNode acceptText(String text) {
    boolean plain = item == Item.TEXT && !list;
    return accept(TextNode.valueOf(plain ? unquoted(text) : text));
  }

  private JsonNode scalar(JsonNode value) {
    return switch (item) {
      case INTEGER -> integer(value.isTextual() ? literal(value.textValue()) : value);
      case NUMBER -> number(value);
      case FLAG -> flag(value);
      case TEXT -> value.isNull() ? TextNode.valueOf("") : value.isTextual() ? value : null;
      case ANY -> value.isValueNode() && !value.isNull() ? value : null;
    };
  }

  private static JsonNode integer(JsonNode value) {
    return value.isIntegralNumber() && value.canConvertToInt()
        ? IntNode.valueOf(value.intValue())
        : null;
  }

  private static JsonNode number(JsonNode value) {
    double number = Double.NaN;
    if (value.isNumber()) {
      number = value.doubleValue();
    } else if (value.isTextual() && NUMBER.matcher(value.textValue()).matches()) {
      number = Double.parseDouble(value.textValue());
    }
    return Double.isFinite(number) ? DoubleNode.valueOf(number) : null;
  }

  private static JsonNode flag(JsonNode value) {
    if (value.isBoolean()) {
      return value;
    }
    String word = value.isTextual() ? value.textValue().toLowerCase(Locale.ROOT) : "";
    return YES.contains(word) ? BooleanNode.TRUE : NO.contains(word) ? BooleanNode.FALSE : null;
  }

  private static JsonNode literal(String text) {
    boolean tuple = text.startsWith("(") && text.endsWith(")");
    try {
      return Documents.yamlValue(tuple ? "[" + text.substring(1, text.length() - 1) + "]" : text);
    } catch (SpecException notALiteral) {
      return TextNode.valueOf(text);
    }
  }

  private static String unquoted(String text) {
    boolean quoted = QUOTED.matcher(text).matches();
    return quoted ? text.substring(1, text.length() - 1) : text;
  }
}
