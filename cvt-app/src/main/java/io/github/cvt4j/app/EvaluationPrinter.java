package io.github.cvt4j.app;

import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.eval.Confusion;
import io.github.cvt4j.eval.Evaluation;
import io.github.cvt4j.eval.Mistake;
import io.github.cvt4j.eval.RealMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Says how a model did, to people or as JSON. */
final class EvaluationPrinter {

  private final Common common;
  private final Dataset pictures;
  private final boolean flip;
  private final boolean perClass;

  /**
   * @param pictures that were judged
   * @param flip whether mirror images took part
   * @param perClass whether every class is to be shown
   */
  EvaluationPrinter(Common common, Dataset pictures, boolean flip, boolean perClass) {
    this.common = common;
    this.pictures = pictures;
    this.flip = flip;
    this.perClass = perClass;
  }

  /** Says something about the figures to come, unless it is empty. */
  void note(String note) {
    if (!note.isEmpty()) {
      common.err().println("cvt: note: " + note);
    }
  }

  /**
   * Says all figures.
   *
   * @param crop the crop ratio, if it was asked for
   */
  void say(Evaluation evaluation, double imagesPerSecond, Optional<Double> crop) {
    if (common.json()) {
      common.printJson(json(evaluation, imagesPerSecond, crop));
    } else {
      lines(evaluation, imagesPerSecond, crop).forEach(common.out()::println);
    }
  }

  private List<String> lines(Evaluation evaluation, double imagesPerSecond, Optional<Double> crop) {
    List<String> lines = new ArrayList<>();
    lines.add(
        format(
            "%s%d pictures%s: top-1 %.2f %%, top-5 %.2f %%, loss %.4f, calibration error %.2f %% (%.0f"
                + " images/s)",
            crop.map(ratio -> "crop " + ratio + ": ").orElse(""),
            evaluation.metrics().count(),
            flip ? " and their mirror images" : "",
            100 * evaluation.metrics().top1(),
            100 * evaluation.metrics().top5(),
            evaluation.metrics().loss(),
            100 * evaluation.calibration().error(),
            imagesPerSecond));
    evaluation.real().ifPresent(real -> lines.add(text(real)));
    if (perClass) {
      Confusion confusion = evaluation.confusion();
      for (int k = 0; k < confusion.classes(); k++) {
        if (confusion.total(k) > 0) {
          lines.add(
              format(
                  "  %6.2f %% of %d  %s",
                  100 * confusion.accuracy(k), confusion.total(k), name(k)));
        }
      }
    }
    for (Mistake mistake : evaluation.mistakes()) {
      lines.add(
          format(
              "  %s: %s, taken for %s, %.1f %% sure",
              pictures.name(mistake.index()),
              name(mistake.label()),
              name(mistake.predicted()),
              100 * mistake.confidence()));
    }
    return lines;
  }

  private static String text(RealMetrics real) {
    return format(
        "reassessed labels of %d pictures: top-1 %.2f %%, top-5 %.2f %%",
        real.count(), 100 * real.top1(), 100 * real.top5());
  }

  private Map<String, Object> json(
      Evaluation evaluation, double imagesPerSecond, Optional<Double> crop) {
    Map<String, Object> result = new LinkedHashMap<>();
    crop.ifPresent(ratio -> result.put("crop", ratio));
    result.put("count", evaluation.metrics().count());
    result.put("top1", evaluation.metrics().top1());
    result.put("top5", evaluation.metrics().top5());
    result.put("loss", evaluation.metrics().loss());
    result.put("calibration_error", evaluation.calibration().error());
    result.put("flip", flip);
    evaluation
        .real()
        .ifPresent(
            real -> {
              result.put("real_count", real.count());
              result.put("real_top1", real.top1());
              result.put("real_top5", real.top5());
            });
    result.put("images_per_second", imagesPerSecond);
    if (perClass) {
      result.put("classes", classes(evaluation.confusion()));
    }
    if (!evaluation.mistakes().isEmpty()) {
      result.put("mistakes", evaluation.mistakes().stream().map(this::json).toList());
    }
    return result;
  }

  private List<Map<String, Object>> classes(Confusion confusion) {
    List<Map<String, Object>> classes = new ArrayList<>();
    for (int k = 0; k < confusion.classes(); k++) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("label", name(k));
      one.put("count", confusion.total(k));
      one.put("correct", confusion.count(k, k));
      classes.add(one);
    }
    return classes;
  }

  private Map<String, Object> json(Mistake mistake) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("image", pictures.name(mistake.index()));
    one.put("label", name(mistake.label()));
    one.put("predicted", name(mistake.predicted()));
    one.put("confidence", mistake.confidence());
    return one;
  }

  private String name(int label) {
    return pictures.classes().get(label);
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }
}
