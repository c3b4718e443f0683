package io.github.cvt4j.report;

import io.github.cvt4j.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A table of numbers by epoch, as {@code metrics.csv} and {@code timing.csv} hold it. Columns are
 * found by name; what is not in the file, or empty in a row, is NaN.
 *
 * @param columns names in the file's order
 * @param rows as many numbers each as there are columns
 */
record History(List<String> columns, List<double[]> rows) {

  /** Room for a million epochs. */
  private static final long MAX_BYTES = 256L << 20;

  static final History EMPTY = new History(List.of(), List.of());

  History {
    columns = List.copyOf(columns);
    rows = Collections.unmodifiableList(new ArrayList<>(rows));
  }

  /**
   * Reads a table; an empty one if there is no file yet.
   *
   * @throws InvalidInputException naming the line that is not as expected
   */
  static History read(Path file) {
    if (!Files.exists(file)) {
      return EMPTY;
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new InvalidInputException(file + ": too long for a table of epochs");
      }
      return parse(Files.readAllLines(file), file.toString());
    } catch (IOException e) {
      throw new InvalidInputException(file + ": cannot be read: " + e, e);
    }
  }

  private static History parse(List<String> lines, String name) {
    if (lines.isEmpty()) {
      return EMPTY;
    }
    List<String> columns = List.of(lines.get(0).split(",", -1));
    List<double[]> rows = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] cells = lines.get(i).split(",", -1);
      if (cells.length != columns.size()) {
        throw new InvalidInputException(
            "%s, line %d: %d values, expected %d"
                .formatted(name, i + 1, cells.length, columns.size()));
      }
      double[] row = new double[cells.length];
      for (int c = 0; c < row.length; c++) {
        row[c] = number(cells[c], name, i + 1);
      }
      rows.add(row);
    }
    return new History(columns, rows);
  }

  private static double number(String cell, String name, int line) {
    try {
      return cell.isEmpty() ? Double.NaN : Double.parseDouble(cell);
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          "%s, line %d: '%s' is not a number".formatted(name, line, cell), e);
    }
  }

  int size() {
    return rows.size();
  }

  /** A column from first to last epoch; all NaN if there is none of that name. */
  double[] column(String name) {
    int at = columns.indexOf(name);
    return rows.stream().mapToDouble(row -> at < 0 ? Double.NaN : row[at]).toArray();
  }

  /** The kinds of weights that columns are about: the trained ones and their average. */
  private static final List<String> WEIGHTS = List.of("val_", "ema_");

  /**
   * The best validation.
   *
   * @param row of its epoch
   * @param weights what the names of its columns begin with
   */
  record Best(int row, String weights) {}

  /** The best validation by top-1, then by loss, then the first; empty if there was none. */
  Optional<Best> best() {
    Optional<Best> best = Optional.empty();
    for (int row = 0; row < size(); row++) {
      for (String weights : WEIGHTS) {
        Best next = new Best(row, weights);
        if (!Double.isNaN(value(next, "top1")) && (best.isEmpty() || beats(next, best.get()))) {
          best = Optional.of(next);
        }
      }
    }
    return best;
  }

  private boolean beats(Best one, Best other) {
    double top1 = value(one, "top1") - value(other, "top1");
    return top1 > 0 || (top1 == 0 && value(one, "loss") < value(other, "loss"));
  }

  /** A figure of a validation: {@code top1}, {@code top5} or {@code loss}. */
  double value(Best best, String figure) {
    int at = columns.indexOf(best.weights() + figure);
    return at < 0 ? Double.NaN : rows.get(best.row())[at];
  }
}
