package io.github.cvt4j.app;

import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Engine;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * One line of the benchmark's report: how fast one way to compute something is.
 *
 * @param engine what was timed
 * @param operations floating-point operations for each picture, two for a multiply-add
 * @param peerSpeed pictures a second of what it is measured against, if there is anything
 */
record SpeedLine(
    String engine,
    ComputeType type,
    Size size,
    int batch,
    Turns.Times times,
    double operations,
    OptionalDouble peerSpeed) {

  static final String HEAD =
      "engine       type       size  batch   images/s     p50 ms     p99 ms  of peak    ratio";

  double imagesPerSecond() {
    return batch * times.runsPerSecond();
  }

  private double shareOfPeak() {
    return imagesPerSecond() * operations / times.peak();
  }

  private OptionalDouble ratio() {
    return peerSpeed.isPresent()
        ? OptionalDouble.of(imagesPerSecond() / peerSpeed.getAsDouble())
        : OptionalDouble.empty();
  }

  Map<String, Object> json() {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("engine", engine);
    line.put("dtype", type.key());
    line.put("size", size.toString());
    line.put("batch", batch);
    line.put("threads", Engine.threads());
    line.put("images_per_second", imagesPerSecond());
    line.put("p50_ms", times.quantile(0.5));
    line.put("p99_ms", times.quantile(0.99));
    line.put("peak_gflops", times.peak() * 1e-9);
    line.put("share_of_peak", shareOfPeak());
    ratio().ifPresent(value -> line.put("ratio", value));
    return line;
  }

  String text() {
    return String.format(
        Locale.ROOT,
        "%-12s %-5s %9s %6d %10.1f %10.1f %10.1f %6.0f %% %8s",
        engine,
        type.key(),
        size,
        batch,
        imagesPerSecond(),
        times.quantile(0.5),
        times.quantile(0.99),
        100 * shareOfPeak(),
        ratio().isPresent() ? String.format(Locale.ROOT, "%.2f", ratio().getAsDouble()) : "");
  }
}
