package io.github.cvt4j.eval;

import java.nio.file.Path;
import java.util.List;

/**
 * A table of results with the columns of timm's {@code validate.py --results-file}, one row for
 * each model and way of preparing pictures.
 */
public final class ResultsFile {

  static final String HEADER =
      "model,top1,top1_err,top5,top5_err,param_count,img_size,crop_pct,interpolation";

  private static final CsvTable TABLE = new CsvTable(HEADER);

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
          CsvTable.number(100 * top1, 4),
          CsvTable.number(100 - 100 * top1, 4),
          CsvTable.number(100 * top5, 4),
          CsvTable.number(100 - 100 * top5, 4),
          CsvTable.number(parameters * 1e-6, 2),
          Integer.toString(size),
          Double.toString(cropRatio),
          interpolation);
    }
  }

  /**
   * Adds rows to a file, or begins it.
   *
   * @throws EvalException if the file is another kind of table, or cannot be read or written
   */
  public static void append(Path file, List<Row> rows) {
    TABLE.append(file, rows.stream().map(Row::csv).toList());
  }

  /**
   * Refuses a file that rows cannot be added to, before they are worked for.
   *
   * @throws EvalException if it is another kind of table or cannot be read
   */
  public static void check(Path file) {
    TABLE.existing(file);
  }
}
