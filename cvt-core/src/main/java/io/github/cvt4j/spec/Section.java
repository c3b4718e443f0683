package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One section of an {@link Experiment}, to be read into a typed record. Every key that {@code
 * experiment.yaml} lists is present and of its type. Asking for another key, or for another type
 * than the key has, is a programming error ({@link IllegalArgumentException}). Immutable.
 */
public final class Section {

  private final Experiment experiment;
  private final String path;

  Section(Experiment experiment, String path) {
    this.experiment = experiment;
    this.path = path;
  }

  /** A section in this one, such as {@code SPEC} of {@code MODEL}. */
  public Section section(String key) {
    return experiment.section(full(key));
  }

  public int integer(String key) {
    return typed(value(key), key, JsonNode::isInt).intValue();
  }

  public double number(String key) {
    return typed(value(key), key, JsonNode::isDouble).doubleValue();
  }

  public boolean flag(String key) {
    return typed(value(key), key, JsonNode::isBoolean).booleanValue();
  }

  public String text(String key) {
    return typed(value(key), key, JsonNode::isTextual).textValue();
  }

  public List<Integer> integers(String key) {
    return list(key, JsonNode::isInt, JsonNode::intValue, "a list of whole numbers");
  }

  /** Whole numbers in a list without a type of its own (empty by default) count as numbers. */
  public List<Double> numbers(String key) {
    return list(key, JsonNode::isNumber, JsonNode::doubleValue, "a list of numbers");
  }

  public List<Boolean> flags(String key) {
    return list(key, JsonNode::isBoolean, JsonNode::booleanValue, "a list of True and False");
  }

  public List<String> texts(String key) {
    return list(key, JsonNode::isTextual, JsonNode::textValue, "a list of texts");
  }

  /**
   * Text that names a constant, upper and lower case being the same.
   *
   * @throws SpecException naming the choices if it is none of them
   */
  public <E extends Enum<E>> E choice(String key, Class<E> type) {
    return constant(key, text(key), type);
  }

  /** A list of what {@link #choice} takes. */
  public <E extends Enum<E>> List<E> choices(String key, Class<E> type) {
    return texts(key).stream().map(text -> constant(key, text, type)).toList();
  }

  /**
   * What to throw for a value that is of its key's type and still makes no sense.
   *
   * @param expected completes the sentence: {@code expected 1 or more}
   * @return names key, value and the file or override that set it
   */
  public SpecException invalid(String key, String expected) {
    return experiment.invalid(full(key), expected);
  }

  private <E extends Enum<E>> E constant(String key, String text, Class<E> type) {
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(text)) {
        return constant;
      }
    }
    throw invalid(
        key,
        Arrays.stream(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", ", "one of ", "")));
  }

  private String full(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private JsonNode value(String key) {
    return experiment.value(full(key));
  }

  private JsonNode typed(JsonNode value, String key, Function<JsonNode, Boolean> type) {
    if (!type.apply(value)) {
      throw new IllegalArgumentException(full(key) + " is not of the type asked for");
    }
    return value;
  }

  private <T> List<T> list(
      String key, Function<JsonNode, Boolean> type, Function<JsonNode, T> read, String expected) {
    List<T> entries = new ArrayList<>();
    for (JsonNode entry : typed(value(key), key, JsonNode::isArray)) {
      if (!type.apply(entry)) {
        throw invalid(key, expected);
      }
      entries.add(read.apply(entry));
    }
    return List.copyOf(entries);
  }
}
