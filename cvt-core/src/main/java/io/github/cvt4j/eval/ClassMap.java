package io.github.cvt4j.eval;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Which of a model's outputs stands for each class of the data: the two may be in another order,
 * and the data may have some of the classes only. Outputs that stand for none are left out before
 * anything is compared, as ImageNet-A and ImageNet-R are judged. Immutable.
 */
public final class ClassMap {

  /** A class number a line; the longest there is takes 160 kB. */
  private static final int MAX_BYTES = 1 << 24;

  private final int[] outputs;
  private final boolean identity;
  private final String note;

  private ClassMap(int[] outputs, int of, String note) {
    this.outputs = outputs;
    this.identity = Arrays.equals(outputs, IntStream.range(0, of).toArray());
    this.note = note;
  }

  /** Class i of the data is output i. */
  public static ClassMap inOrder(int classes) {
    return new ClassMap(IntStream.range(0, classes).toArray(), classes, "");
  }

  /**
   * Finds out by the names.
   *
   * <p>All classes of the data are looked up among the model's labels; otherwise, if they are
   * numbers below {@code outputs}, as ImageNet-V2's folders are, they are outputs (a listing in
   * order of text has 10 before 2). Names of which none is known to the model, such as {@code
   * n01440764} for {@code tench}, are taken in order if there are as many.
   *
   * @param data names of the data's classes, in its order
   * @param outputs of the model
   * @param labels names of the model's outputs; empty if unknown
   * @throws EvalException if that leaves a class of the data without an output
   */
  public static ClassMap of(List<String> data, int outputs, List<String> labels) {
    if (data.equals(labels)) {
      return inOrder(outputs);
    }
    if (data.size() > outputs) {
      throw new EvalException(
          "the model has %d classes, the data %d".formatted(outputs, data.size()));
    }
    Set<String> unknown = new HashSet<>(data);
    labels.forEach(unknown::remove);
    if (unknown.isEmpty()) {
      return byName(data, labels);
    }
    Optional<int[]> numbers = numbers(data, outputs);
    if (numbers.isPresent()) {
      return byNumber(numbers.get(), outputs);
    }
    if (unknown.size() < data.size()) {
      throw oneUnknown(data, labels, unknown);
    }
    if (data.size() < outputs) {
      throw new EvalException(
          "the model has %d classes, the data %d ('%s' and so on), and their names do not tell which;"
                  .formatted(outputs, data.size(), data.get(0))
              + " expected as many, or a list of the class numbers");
    }
    String note =
        labels.isEmpty()
            ? ""
            : "no class of the data is called as one of the model's (the first is '%s' here and '%s' there): taken in order"
                .formatted(data.get(0), labels.get(0));
    return new ClassMap(inOrder(outputs).outputs, outputs, note);
  }

  /**
   * As a file says: line i is the number of the output for class i of the data, as for microsoft's
   * {@code TEST.VALID_LABELS}. timm's {@code --valid-labels} sorts the numbers first.
   *
   * @throws EvalException naming the line that is none, or if there is not one line for each class
   */
  public static ClassMap read(Path file, List<String> data, int outputs) {
    List<String> lines = text(file).lines().map(String::strip).toList();
    int end = lines.size();
    while (end > 0 && lines.get(end - 1).isEmpty()) {
      end--;
    }
    int[] numbers = new int[end];
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < end; i++) {
      String line = lines.get(i);
      numbers[i] = line.matches("[0-9]{1,9}") ? Integer.parseInt(line) : -1;
      if (numbers[i] < 0 || numbers[i] >= outputs || !seen.add(numbers[i])) {
        throw new EvalException(
            "%s line %d: '%s', expected one of the model's classes 0 to %d, each at most once"
                .formatted(file, i + 1, line, outputs - 1));
      }
    }
    if (end != data.size()) {
      throw new EvalException(
          "%s: %d class numbers, the data has %d classes; expected one for each, in its order"
              .formatted(file, end, data.size()));
    }
    return new ClassMap(numbers, outputs, "");
  }

  private static String text(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new EvalException(file + ": too long for a list of class numbers");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new EvalException(file + ": cannot be read (" + e + ")", e);
    }
  }

  private static ClassMap byName(List<String> data, List<String> labels) {
    Map<String, Integer> numbers = new HashMap<>();
    Set<String> twice = new HashSet<>();
    for (int i = 0; i < labels.size(); i++) {
      if (numbers.putIfAbsent(labels.get(i), i) != null) {
        twice.add(labels.get(i));
      }
    }
    int[] outputs = new int[data.size()];
    for (int i = 0; i < outputs.length; i++) {
      if (twice.contains(data.get(i))) {
        throw new EvalException(
            "two of the model's classes are called '%s'; expected a list of the class numbers"
                .formatted(data.get(i)));
      }
      outputs[i] = numbers.get(data.get(i));
    }
    return new ClassMap(outputs, labels.size(), byNameNote(data, labels));
  }

  private static String byNameNote(List<String> data, List<String> labels) {
    if (data.size() < labels.size()) {
      return some(data.size(), labels.size());
    }
    int first = 0;
    while (data.get(first).equals(labels.get(first))) {
      first++;
    }
    return "the data's classes are in another order than the model's (class %d is '%s' here and '%s' there): matched by name"
        .formatted(first, data.get(first), labels.get(first));
  }

  private static ClassMap byNumber(int[] numbers, int outputs) {
    boolean sorted = IntStream.range(1, numbers.length).allMatch(i -> numbers[i - 1] < numbers[i]);
    String order =
        sorted ? "" : "the data's classes are named by numbers: taken in their order, 2 before 10";
    String part = numbers.length == outputs ? "" : some(numbers.length, outputs);
    return new ClassMap(
        numbers, outputs, order + (order.isEmpty() || part.isEmpty() ? "" : "; ") + part);
  }

  /** The classes as numbers of outputs, if they all are. */
  private static Optional<int[]> numbers(List<String> data, int outputs) {
    boolean all =
        data.stream()
            .allMatch(
                name -> name.matches("0|[1-9][0-9]{0,8}") && Integer.parseInt(name) < outputs);
    return all
        ? Optional.of(data.stream().mapToInt(Integer::parseInt).toArray())
        : Optional.empty();
  }

  private static String some(int count, int of) {
    return "the data has %d of the model's %d classes: only their outputs count"
        .formatted(count, of);
  }

  private static EvalException oneUnknown(
      List<String> data, List<String> labels, Set<String> unknown) {
    String stranger = data.stream().filter(unknown::contains).findFirst().orElseThrow();
    Set<String> known = new HashSet<>(data);
    String absent =
        labels.stream()
            .filter(label -> !known.contains(label))
            .findFirst()
            .map(label -> "; '%s' of the model is not in the data".formatted(label))
            .orElse("");
    return new EvalException(
        "class '%s' of the data is none of the model's %d%s; expected the same names"
            .formatted(stranger, labels.size(), absent));
  }

  /** Classes of the data. */
  public int size() {
    return outputs.length;
  }

  /** The model's output for a class of the data. */
  public int output(int dataClass) {
    return outputs[dataClass];
  }

  /** What the reader of the figures should know, in one line without an end; empty if nothing. */
  public String note() {
    return note;
  }

  /**
   * The logits of the data's classes.
   *
   * @param logits [B, of], row-major
   * @param of outputs of the model
   * @return [B, {@link #size}]; may be the argument itself
   */
  public float[] apply(float[] logits, int of) {
    if (identity && of == outputs.length) {
      return logits;
    }
    int pictures = logits.length / of;
    float[] chosen = new float[pictures * outputs.length];
    for (int i = 0; i < pictures; i++) {
      for (int k = 0; k < outputs.length; k++) {
        chosen[i * outputs.length + k] = logits[i * of + outputs[k]];
      }
    }
    return chosen;
  }
}
