package io.github.cvt4j.eval;

import io.github.cvt4j.spec.Complexity;
import java.nio.file.Path;
import java.util.List;

/**
 * A table of speeds with the columns of timm's {@code benchmark.py} for inference, one row for each
 * thing that was timed.
 */
public final class BenchmarkFile {

  static final String HEADER =
      "model,infer_samples_per_sec,infer_step_time,infer_batch_size,infer_img_size,infer_gmacs,"
          + "infer_macts,param_count";

  private static final CsvTable TABLE = new CsvTable(HEADER);

  private BenchmarkFile() {}

  /**
   * A row. The column of activations stays empty, for they are not counted.
   *
   * @param model its name, and whatever else tells this row from the others
   * @param imagesPerSecond pictures in a second
   * @param milliseconds of a batch
   * @param batch pictures in a batch
   * @param complexity of the model for one picture
   */
  public record Row(
      String model, double imagesPerSecond, double milliseconds, int batch, Complexity complexity) {

    String csv() {
      return String.join(
          ",",
          Csv.field(model),
          CsvTable.number(imagesPerSecond, 2),
          CsvTable.number(milliseconds, 3),
          Integer.toString(batch),
          Integer.toString(complexity.size().width()),
          CsvTable.number(complexity.macs() * 1e-9, 2),
          "",
          CsvTable.number(complexity.parameters() * 1e-6, 2));
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
