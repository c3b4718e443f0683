package io.github.cvt4j.eval;

import io.github.cvt4j.AtomicFile;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A table of results with the columns of timm's {@code validate.py --results-file}, one row for
 * each model and way of preparing pictures.
 */
public final class ResultsFile {

  static final String HEADER =
      "model,top1,top1_err,top5,top5_err,param_count,img_size,crop_pct,interpolation";

  /** A longer file was not written by {@link #append}. */
  private static final long MAX_BYTES = 1 << 24;

  private ResultsFile() {}

  /**
   * A row.
   *
   * @param model its name
   * @param top1 0 to 1; written in percent
   * @param top5 0 to 1; written in percent
   * @param parameters written in millions
   * @param size width of the pictures
   * @param cropRatio 1 if whole pictures are seen
   * @param interpolation such as {@code bicubic}
   */
  public record Row(
      String model,
      double top1,
      double top5,
      long parameters,
      int size,
      double cropRatio,
      String interpolation) {

    String csv() {
      return String.join(
          ",",
          Csv.field(model),
          number(100 * top1, 4),
          number(100 - 100 * top1, 4),
          number(100 * top5, 4),
          number(100 - 100 * top5, 4),
          number(parameters * 1e-6, 2),
          Integer.toString(size),
          Double.toString(cropRatio),
          interpolation);
    }

    /** As Python prints what it has rounded. */
    private static String number(double value, int digits) {
      if (!Double.isFinite(value)) {
        return "nan";
      }
      BigDecimal rounded =
          BigDecimal.valueOf(value).setScale(digits, RoundingMode.HALF_EVEN).stripTrailingZeros();
      return rounded.setScale(Math.max(1, rounded.scale())).toPlainString();
    }
  }

  /**
   * Adds rows to a file, or begins it.
   *
   * @throws EvalException if the file is another kind of table, or cannot be read or written
   */
  public static void append(Path file, List<Row> rows) {
    StringBuilder table = new StringBuilder(existing(file));
    rows.forEach(row -> table.append(row.csv()).append('\n'));
    byte[] bytes = table.toString().getBytes(StandardCharsets.UTF_8);
    try {
      AtomicFile.write(file, out -> Channels.newOutputStream(out).write(bytes));
    } catch (IOException e) {
      throw new EvalException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  /**
   * Refuses a file that rows cannot be added to, before they are worked for.
   *
   * @throws EvalException if it is another kind of table or cannot be read
   */
  public static void check(Path file) {
    existing(file);
  }

  private static String existing(Path file) {
    if (!Files.exists(file)) {
      return HEADER + "\n";
    }
    try {
      String table = Files.size(file) > MAX_BYTES ? "" : Files.readString(file);
      if (!table.lines().findFirst().orElse("").equals(HEADER)) {
        throw new EvalException(
            file + ": not a table of results that rows can be added to; expected " + HEADER);
      }
      return table.endsWith("\n") ? table : table + "\n";
    } catch (IOException e) {
      throw new EvalException(file + ": cannot be read (" + e + ")", e);
    }
  }
}
