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
 * A file of comma-separated values that rows are added to.
 *
 * @param header its first line
 */
record CsvTable(String header) {

  /** A longer file was not written by {@link #append}. */
  private static final long MAX_BYTES = 1 << 24;

  /** Adds rows to a file, or begins it. */
  void append(Path file, List<String> rows) {
    StringBuilder table = new StringBuilder(existing(file));
    rows.forEach(row -> table.append(row).append('\n'));
    byte[] bytes = table.toString().getBytes(StandardCharsets.UTF_8);
    try {
      AtomicFile.write(file, out -> Channels.newOutputStream(out).write(bytes));
    } catch (IOException e) {
      throw new EvalException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  /** What is in the file; refuses one that rows cannot be added to. */
  String existing(Path file) {
    if (!Files.exists(file)) {
      return header + "\n";
    }
    try {
      String table = Files.size(file) > MAX_BYTES ? "" : Files.readString(file);
      if (!table.lines().findFirst().orElse("").equals(header)) {
        throw new EvalException(
            file + ": not a table of results that rows can be added to; expected " + header);
      }
      return table.endsWith("\n") ? table : table + "\n";
    } catch (IOException e) {
      throw new EvalException(file + ": cannot be read (" + e + ")", e);
    }
  }

  /** As Python prints what it has rounded to so many digits. */
  static String number(double value, int digits) {
    if (!Double.isFinite(value)) {
      return "nan";
    }
    BigDecimal rounded =
        BigDecimal.valueOf(value).setScale(digits, RoundingMode.HALF_EVEN).stripTrailingZeros();
    return rounded.setScale(Math.max(1, rounded.scale())).toPlainString();
  }
}
