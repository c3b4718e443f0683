package io.github.cvt4j.train;

import io.github.cvt4j.eval.Metrics;
import io.github.cvt4j.train.EpochResult.Weights;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The tables of a run folder as CSV: a line of names, then one for each epoch. */
final class RunTables {

  private RunTables() {}

  /**
   * What is equal for equal runs. {@code val_} is about the trained weights, {@code ema_}, where
   * weights are averaged, about the average; what was not validated is empty.
   */
  static String metrics(List<EpochResult> results) {
    boolean averaged =
        results.stream().anyMatch(result -> result.validation(Weights.EMA).isPresent());
    StringBuilder table =
        new StringBuilder("epoch,rate,train_loss,train_top1,val_loss,val_top1,val_top5");
    table.append(averaged ? ",ema_loss,ema_top1,ema_top5\n" : "\n");
    for (EpochResult result : results) {
      table
          .append(
              row(
                  "%d,%.6g,%.6f,%.6f",
                  result.epoch(), result.rate(), result.trainLoss(), result.trainTop1()))
          .append(validation(result.validation(Weights.RAW)))
          .append(averaged ? validation(result.validation(Weights.EMA)) : "")
          .append('\n');
    }
    return table.toString();
  }

  private static String validation(Optional<Metrics> metrics) {
    return metrics.map(m -> row(",%.6f,%.6f,%.6f", m.loss(), m.top1(), m.top5())).orElse(",,,");
  }

  /** How long things took. */
  static String timing(List<EpochTiming> timings) {
    StringBuilder table =
        new StringBuilder(
            "epoch,images_per_second,data_wait_share,train_seconds,validation_seconds\n");
    for (EpochTiming timing : timings) {
      table.append(
          row(
              "%d,%.2f,%.4f,%.2f,%.2f\n",
              timing.epoch(),
              timing.imagesPerSecond(),
              timing.dataWaitShare(),
              timing.trainSeconds(),
              timing.validationSeconds()));
    }
    return table.toString();
  }

  private static String row(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
