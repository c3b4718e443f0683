package io.github.cvt4j.eval;

import io.github.cvt4j.AtomicFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often pictures of one class were taken for another. Only what occurs takes memory, so that
 * ImageNet-22k's 477 million pairs do not. For one thread until it is part of an {@link
 * Evaluation}.
 */
public final class Confusion {

  private final int classes;
  private final long[] totals;
  private final Map<Long, Long> cells = new TreeMap<>();

  Confusion(int classes) {
    this.classes = classes;
    this.totals = new long[classes];
  }

  /**
   * Counts a picture.
   *
   * @param predicted -1 if no output was a number
   */
  void add(int actual, int predicted) {
    totals[actual]++;
    if (predicted >= 0) {
      cells.merge(cell(actual, predicted), 1L, Long::sum);
    }
  }

  /** Number of classes K. */
  public int classes() {
    return classes;
  }

  /** Pictures of one class that were taken for another, or for itself. */
  public long count(int actual, int predicted) {
    return cells.getOrDefault(cell(actual, predicted), 0L);
  }

  /** Pictures of a class. */
  public long total(int actual) {
    return totals[actual];
  }

  /** Share of a class's pictures that were recognised, 0 to 1; NaN without pictures. */
  public double accuracy(int actual) {
    return (double) count(actual, actual) / totals[actual];
  }

  /** What occurs, by class and then by predicted class: keys are {@code actual * K + predicted}. */
  public Map<Long, Long> cells() {
    return Collections.unmodifiableMap(cells);
  }

  private long cell(int actual, int predicted) {
    return (long) actual * classes + predicted;
  }

  /**
   * Writes K + 1 rows of K + 1 columns: the first row and column name the classes, a row holds what
   * the pictures of its class were taken for.
   *
   * @param names of the classes
   * @throws EvalException if the file cannot be written
   */
  public void writeCsv(Path file, List<String> names) {
    try {
      AtomicFile.write(
          file,
          channel -> {
            BufferedWriter out =
                new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
            out.write("actual");
            for (String name : names) {
              out.write("," + Csv.field(name));
            }
            for (int actual = 0; actual < classes; actual++) {
              out.write("\n" + Csv.field(names.get(actual)));
              for (int predicted = 0; predicted < classes; predicted++) {
                out.write("," + count(actual, predicted));
              }
            }
            out.write("\n");
            out.flush();
          });
    } catch (IOException e) {
      throw new EvalException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }
}
