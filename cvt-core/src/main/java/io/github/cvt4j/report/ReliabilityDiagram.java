package io.github.cvt4j.report;

import io.github.cvt4j.eval.Calibration;
import java.util.List;
import java.util.Locale;

/**
 * Accuracy over confidence, as an SVG figure: a bar for each bin, against the diagonal on which a
 * calibrated model's bars end, and how many pictures each bin has below.
 */
final class ReliabilityDiagram {

  private static final int SIDE = 300;
  private static final int LEFT = 60;
  private static final int TOP = 10;
  private static final int COUNTS = 60; // height of the lower part
  private static final int GAP = 34;
  private static final int WIDTH = LEFT + SIDE + 26;
  private static final int HEIGHT = TOP + SIDE + GAP + COUNTS + 34;

  private ReliabilityDiagram() {}

  static void write(Html html, Calibration calibration) {
    html.open(
        "svg",
        "viewBox",
        "0 0 %d %d".formatted(WIDTH, HEIGHT),
        "role",
        "img",
        "aria-labelledby",
        "rel-t rel-d",
        "class",
        "reliability");
    html.leaf("title", "Reliability diagram", "id", "rel-t");
    html.leaf(
        "desc",
        "Share of right answers against confidence in %d bins; the table beside has the figures."
            .formatted(calibration.bins().size()),
        "id",
        "rel-d");
    axes(html);
    bars(html, calibration.bins());
    html.leaf(
        "path",
        "",
        "d",
        "M%d %dL%d %d".formatted(LEFT, TOP + SIDE, LEFT + SIDE, TOP),
        "class",
        "diagonal");
    html.close("svg");
  }

  private static void axes(Html html) {
    for (int percent = 0; percent <= 100; percent += 20) {
      int x = LEFT + SIDE * percent / 100;
      int y = TOP + SIDE - SIDE * percent / 100;
      html.leaf("path", "", "d", "M%d %dh%d".formatted(LEFT, y, SIDE), "class", "grid");
      html.leaf("text", percent + " %", "x", LEFT - 6, "y", y, "dy", "0.35em", "class", "tick end");
      html.leaf("text", percent + " %", "x", x, "y", TOP + SIDE + 18, "class", "tick middle");
    }
    int floor = TOP + SIDE + GAP + COUNTS;
    html.leaf("path", "", "d", "M%d %dh%d".formatted(LEFT, floor, SIDE), "class", "grid");
    html.leaf(
        "text",
        "pictures",
        "x",
        LEFT - 6,
        "y",
        floor - COUNTS / 2,
        "class",
        "tick end",
        "dy",
        "0.35em");
    html.leaf("text", "confidence", "x", LEFT + SIDE / 2, "y", floor + 20, "class", "tick middle");
  }

  private static void bars(Html html, List<Calibration.Bin> bins) {
    long most = bins.stream().mapToLong(Calibration.Bin::count).max().orElse(1);
    double width = (double) SIDE / bins.size();
    for (int b = 0; b < bins.size(); b++) {
      Calibration.Bin bin = bins.get(b);
      if (bin.count() == 0) {
        continue;
      }
      double x = LEFT + b * width + 1;
      double accuracy = SIDE * bin.accuracy();
      double confidence = SIDE * bin.confidence();
      String title =
          String.format(
              Locale.ROOT,
              "%,d pictures, %.1f %% confident, %.1f %% right",
              bin.count(),
              100 * bin.confidence(),
              100 * bin.accuracy());
      double agreed = Math.min(accuracy, confidence);
      double apart = Math.abs(accuracy - confidence);
      String kind = accuracy > confidence ? "more" : "less";
      bar(html, "bar", x, TOP + SIDE - agreed, width - 2, agreed, title);
      bar(html, kind, x, TOP + SIDE - agreed - apart, width - 2, apart, title);
      double count = Math.max(1, (double) COUNTS * bin.count() / most);
      bar(html, "bar", x, TOP + SIDE + GAP + COUNTS - count, width - 2, count, title);
    }
  }

  private static void bar(
      Html html, String kind, double x, double y, double width, double height, String title) {
    html.open(
            "rect",
            "x",
            number(x),
            "y",
            number(y),
            "width",
            number(width),
            "height",
            number(height),
            "class",
            kind)
        .leaf("title", title)
        .close("rect");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
