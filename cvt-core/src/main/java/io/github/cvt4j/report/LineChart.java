package io.github.cvt4j.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Numbers over epochs, as an SVG figure. Colours and dashes come from the page's style sheet, so
 * that light and dark pages each have theirs.
 *
 * @param id unique in the page
 * @param title what the numbers are
 * @param unit behind each number, such as {@code %}; may be empty
 * @param epochs numbers of the epochs, rising
 * @param lines one for each quantity, at most four
 * @param best index of the epoch that the run is judged by; -1 for none
 */
@SuppressWarnings("ArrayRecordComponent") // drawn once; equality is not asked
record LineChart(
    String id, String title, String unit, double[] epochs, List<Line> lines, int best) {

  private static final int WIDTH = 480;
  private static final int HEIGHT = 280;
  private static final int LEFT = 52;
  private static final int RIGHT = 12;
  private static final int TOP = 14;
  private static final int BOTTOM = 40;

  /** More points than this are a line without dots. */
  private static final int MOST_DOTS = 40;

  /**
   * One quantity.
   *
   * @param values one for each epoch; NaN where there is none
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Line(String name, double[] values) {

    boolean isEmpty() {
      return DoubleStream.of(values).allMatch(Double::isNaN);
    }
  }

  /** Writes the figure; nothing if there is nothing to draw. */
  void write(Html html) {
    List<Line> drawn = lines.stream().filter(line -> !line.isEmpty()).toList();
    if (drawn.isEmpty()) {
      return;
    }
    html.open("figure", "class", "chart");
    html.leaf("figcaption", unit.isEmpty() ? title : title + " (" + unit + ")");
    html.open("ul", "class", "legend");
    for (int i = 0; i < drawn.size(); i++) {
      html.open("li")
          .open("svg", "viewBox", "0 0 24 8", "aria-hidden", "true")
          .leaf("path", "", "d", "M0 4H24", "class", "line s" + i)
          .close("svg")
          .text(drawn.get(i).name())
          .close("li");
    }
    html.close("ul");
    svg(html, drawn);
    html.close("figure");
  }

  private void svg(Html html, List<Line> drawn) {
    double[] all =
        drawn.stream()
            .flatMapToDouble(line -> Arrays.stream(line.values()))
            .filter(Double::isFinite)
            .toArray();
    Ticks y =
        Ticks.over(
            DoubleStream.of(all).min().orElse(Double.NaN),
            DoubleStream.of(all).max().orElse(Double.NaN),
            6);
    Ticks x = Ticks.whole((int) epochs[0], (int) epochs[epochs.length - 1], 10);
    html.open(
        "svg",
        "viewBox",
        "0 0 %d %d".formatted(WIDTH, HEIGHT),
        "role",
        "img",
        "aria-labelledby",
        id + "-t " + id + "-d");
    html.leaf("title", title + " over epochs", "id", id + "-t");
    html.leaf("desc", description(drawn), "id", id + "-d");
    grid(html, x, y);
    for (int i = 0; i < drawn.size(); i++) {
      line(html, drawn.get(i), i, x, y);
    }
    html.close("svg");
  }

  private void grid(Html html, Ticks x, Ticks y) {
    for (double value : y.values()) {
      String at = number(down(y, value));
      html.leaf("path", "", "d", "M%d %sH%d".formatted(LEFT, at, WIDTH - RIGHT), "class", "grid");
      html.leaf(
          "text", y.label(value), "x", LEFT - 8, "y", at, "class", "tick end", "dy", "0.35em");
    }
    for (double value : x.values()) {
      html.leaf(
          "text",
          x.label(value),
          "x",
          number(across(x, value)),
          "y",
          HEIGHT - BOTTOM + 18,
          "class",
          "tick middle");
    }
    html.leaf(
        "text", "epoch", "x", (LEFT + WIDTH - RIGHT) / 2, "y", HEIGHT - 4, "class", "tick middle");
    if (best >= 0 && epochs.length > 1) {
      String at = number(across(x, epochs[best]));
      html.leaf("path", "", "d", "M%s %dV%d".formatted(at, TOP, HEIGHT - BOTTOM), "class", "best");
    }
  }

  private void line(Html html, Line line, int style, Ticks x, Ticks y) {
    StringBuilder path = new StringBuilder();
    boolean joined = false;
    for (int i = 0; i < epochs.length; i++) {
      double value = line.values()[i];
      if (Double.isFinite(value)) {
        path.append(joined ? 'L' : 'M')
            .append(number(across(x, epochs[i])))
            .append(' ')
            .append(number(down(y, value)));
      }
      joined = Double.isFinite(value);
    }
    html.leaf("path", "", "d", path, "class", "line s" + style);
    for (int i = 0; i < epochs.length && epochs.length <= MOST_DOTS; i++) {
      double value = line.values()[i];
      if (Double.isFinite(value)) {
        html.open(
                "circle",
                "cx",
                number(across(x, epochs[i])),
                "cy",
                number(down(y, value)),
                "r",
                3,
                "class",
                "dot s" + style)
            .leaf("title", "epoch %.0f, %s: %s".formatted(epochs[i], line.name(), shown(value)))
            .close("circle");
      }
    }
  }

  private String description(List<Line> drawn) {
    StringBuilder text = new StringBuilder();
    for (Line line : drawn) {
      double[] finite = DoubleStream.of(line.values()).filter(Double::isFinite).toArray();
      if (finite.length > 0) {
        text.append(
            "%s: from %s to %s, lowest %s, highest %s. "
                .formatted(
                    line.name(),
                    shown(finite[0]),
                    shown(finite[finite.length - 1]),
                    shown(DoubleStream.of(finite).min().getAsDouble()),
                    shown(DoubleStream.of(finite).max().getAsDouble())));
      }
    }
    return text.append("The table of epochs below has all figures.").toString();
  }

  private String shown(double value) {
    return String.format(Locale.ROOT, "%.4g", value) + (unit.isEmpty() ? "" : " " + unit);
  }

  private static double across(Ticks x, double value) {
    return LEFT + x.place(value) * (WIDTH - LEFT - RIGHT);
  }

  private static double down(Ticks y, double value) {
    return HEIGHT - BOTTOM - y.place(value) * (HEIGHT - TOP - BOTTOM);
  }

  /** A coordinate, to a hundredth of a unit. */
  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
