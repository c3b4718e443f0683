package io.github.cvt4j.report;

import io.github.cvt4j.eval.Evaluation;
import io.github.cvt4j.report.LineChart.Line;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** The page of a run, from top to bottom. */
final class ReportPage {

  /** Nothing is fetched and nothing runs, whatever a class may be called. */
  private static final String POLICY =
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

  private static final String CSS = css();

  private final RunReport report;
  private final Html html = new Html();

  private ReportPage(RunReport report) {
    this.report = report;
  }

  private static String css() {
    try (InputStream in = ReportPage.class.getResourceAsStream("report.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String of(RunReport report) {
    return new ReportPage(report).page();
  }

  private String page() {
    html.doctype().open("html", "lang", "en").open("head");
    html.empty("meta", "charset", "utf-8");
    html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.empty("meta", "http-equiv", "Content-Security-Policy", "content", POLICY);
    html.empty("meta", "name", "color-scheme", "content", "light dark");
    html.leaf("title", report.name() + ": training report");
    html.style(CSS).close("head").open("body");
    head();
    html.open("main");
    curves();
    report
        .findings()
        .ifPresentOrElse(findings -> new FindingsSections(html, findings).write(), this::unasked);
    augmentation();
    epochs();
    settings();
    provenance();
    html.close("main");
    html.leaf("footer", "Made by cvt4j from the run folder; this page needs no other file.");
    return html.close("body").close("html").toString();
  }

  private void head() {
    html.open("header").leaf("p", "cvt4j training report", "class", "kicker");
    html.leaf("h1", report.name());
    html.leaf("p", summary(), "class", "lead");
    html.open("dl", "class", "tiles");
    if (report.findings().isPresent()) {
      Evaluation evaluation = report.findings().get().evaluation();
      tile("Top-1 accuracy", percent(evaluation.metrics().top1()), "main");
      tile("Top-5 accuracy", percent(evaluation.metrics().top5()), "");
      tile("Loss", format("%.4f", evaluation.metrics().loss()), "");
      tile("Calibration error", percent(evaluation.calibration().error()), "");
    } else {
      report.metrics().best().ifPresent(this::tiles);
    }
    double seconds = sum("train_seconds") + sum("validation_seconds");
    if (seconds > 0) {
      tile("Time", duration(seconds), "");
      tile("Training speed", format("%,.0f", meanSpeed()) + " images/s", "");
    }
    html.close("dl").close("header");
  }

  private void tiles(History.Best best) {
    tile("Top-1 accuracy", percent(report.metrics().value(best, "top1")), "main");
    tile("Top-5 accuracy", percent(report.metrics().value(best, "top5")), "");
    tile("Loss", format("%.4f", report.metrics().value(best, "loss")), "");
  }

  private String summary() {
    Optional<History.Best> best = report.metrics().best();
    int epochs = report.metrics().size();
    if (epochs == 0) {
      return "No epoch has ended yet.";
    }
    String trained = "%d epoch%s trained".formatted(epochs, epochs == 1 ? "" : "s");
    if (best.isEmpty()) {
      return trained + ", none validated yet.";
    }
    String of =
        report.findings().isPresent()
            ? format(
                "scored on %,d validation pictures",
                report.findings().get().evaluation().metrics().count())
            : "scored on the validation pictures";
    return "%s; the best model is %s of epoch %.0f, %s."
        .formatted(
            trained,
            best.get().weights().equals("ema_") ? "the average of weights" : "that",
            report.metrics().column("epoch")[best.get().row()],
            of);
  }

  private void tile(String name, String value, String style) {
    html.open("div", "class", style).leaf("dt", name).leaf("dd", value).close("div");
  }

  private void curves() {
    History metrics = report.metrics();
    if (metrics.size() == 0) {
      return;
    }
    html.open("section", "aria-labelledby", "curves").leaf("h2", "Learning curves", "id", "curves");
    html.open("div", "class", "charts");
    double[] epochs = metrics.column("epoch");
    int best = metrics.best().map(History.Best::row).orElse(-1);
    List<Line> loss =
        List.of(
            new Line("training", metrics.column("train_loss")),
            new Line("validation", metrics.column("val_loss")),
            new Line("validation, averaged weights", metrics.column("ema_loss")));
    new LineChart("loss", "Loss", "", epochs, loss, best).write(html);
    List<Line> accuracy =
        List.of(
            new Line("training, augmented", percents(metrics.column("train_top1"))),
            new Line("validation", percents(metrics.column("val_top1"))),
            new Line("validation, averaged weights", percents(metrics.column("ema_top1"))),
            new Line("validation, top 5", percents(metrics.column("val_top5"))));
    new LineChart("accuracy", "Accuracy", "%", epochs, accuracy, best).write(html);
    List<Line> rate = List.of(new Line("at the epoch's last step", metrics.column("rate")));
    new LineChart("rate", "Learning rate", "", epochs, rate, -1).write(html);
    speed();
    html.close("div");
    if (best >= 0 && metrics.size() > 1) {
      html.leaf("p", "The upright line marks the best epoch.", "class", "note");
    }
    html.close("section");
  }

  private void unasked() {
    html.open("section", "aria-labelledby", "answers").leaf("h2", "Answers", "id", "answers");
    html.open("p", "class", "note")
        .text("Classes, confusions, calibration and mistakes come when the run ends, or with ")
        .leaf("code", "./cvt report FOLDER")
        .text(".")
        .close("p")
        .close("section");
  }

  private void speed() {
    History timing = report.timing();
    if (timing.size() > 0) {
      List<Line> speed = List.of(new Line("training", timing.column("images_per_second")));
      new LineChart("speed", "Images per second", "", timing.column("epoch"), speed, -1)
          .write(html);
    }
  }

  private void augmentation() {
    report
        .augmented()
        .ifPresent(
            png -> {
              html.open("section", "aria-labelledby", "augmented")
                  .leaf("h2", "What it learns from", "id", "augmented")
                  .leaf(
                      "p",
                      "Training pictures as the network sees them: a row for each, a column for"
                          + " each epoch's draw.",
                      "class",
                      "note");
              html.picture(png, "A sheet of augmented training pictures", "class", "sheet");
              html.close("section");
            });
  }

  private void epochs() {
    History metrics = report.metrics();
    if (metrics.size() == 0) {
      return;
    }
    html.open("section", "aria-labelledby", "epochs").leaf("h2", "Epoch by epoch", "id", "epochs");
    table(
        "Figures of each epoch; the best is marked",
        metrics,
        metrics.best().map(History.Best::row).orElse(-1));
    if (report.timing().size() > 0) {
      table("Times of each epoch; of a resumed one, those since resuming", report.timing(), -1);
    }
    html.close("section");
  }

  private void table(String caption, History history, int marked) {
    html.open("details").leaf("summary", caption);
    html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", caption);
    html.open("table").leaf("caption", caption, "class", "hidden").open("thead").open("tr");
    for (String column : history.columns()) {
      html.leaf("th", column.replace('_', ' '), "scope", "col");
    }
    html.close("tr").close("thead").open("tbody");
    for (int i = 0; i < history.size(); i++) {
      html.open("tr", "class", i == marked ? "best" : "");
      double[] row = history.rows().get(i);
      for (int c = 0; c < row.length; c++) {
        if (history.columns().get(c).equals("epoch")) {
          html.leaf("th", format("%.0f", row[c]), "scope", "row");
        } else {
          html.leaf("td", cell(history.columns().get(c), row[c]));
        }
      }
      html.close("tr");
    }
    html.close("tbody").close("table").close("div").close("details");
  }

  private static String cell(String column, double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    if (column.contains("top1") || column.contains("top5") || column.endsWith("share")) {
      return percent(value);
    }
    return format(
        column.equals("rate") ? "%.3g" : column.contains("loss") ? "%.4f" : "%.1f", value);
  }

  private void settings() {
    html.open("section", "aria-labelledby", "settings").leaf("h2", "Settings", "id", "settings");
    html.open("dl", "class", "facts");
    report.facts().forEach(this::fact);
    html.close("dl");
    html.open("details").leaf("summary", "The whole configuration");
    html.leaf("pre", report.config(), "tabindex", "0");
    html.close("details").close("section");
  }

  private void provenance() {
    html.open("section", "aria-labelledby", "provenance")
        .leaf("h2", "Provenance", "id", "provenance");
    if (report.sessions().isEmpty()) {
      html.leaf("p", "Nobody wrote down what trained this run.", "class", "note");
    }
    for (int i = 0; i < report.sessions().size(); i++) {
      Session session = report.sessions().get(i);
      if (report.sessions().size() > 1) {
        html.leaf("h3", i == 0 ? "Begun" : "Resumed");
      }
      html.open("dl", "class", "facts");
      html.open("div").leaf("dt", "Command").open("dd").leaf("code", session.command());
      html.close("dd").close("div");
      fact("Started", session.started());
      fact("Data", session.data());
      session.versions().forEach(this::fact);
      html.close("dl");
    }
    html.close("section");
  }

  private void fact(String name, String value) {
    if (!value.isEmpty()) {
      html.open("div").leaf("dt", name).leaf("dd", value).close("div");
    }
  }

  private double sum(String column) {
    return DoubleStream.of(report.timing().column(column)).filter(Double::isFinite).sum();
  }

  /** Pictures over time, so that long epochs count for more. */
  private double meanSpeed() {
    double[] speed = report.timing().column("images_per_second");
    double[] seconds = report.timing().column("train_seconds");
    double pictures = 0;
    for (int i = 0; i < speed.length; i++) {
      pictures += speed[i] * seconds[i];
    }
    return pictures / sum("train_seconds");
  }

  private static double[] percents(double[] shares) {
    return Arrays.stream(shares).map(share -> 100 * share).toArray();
  }

  static String percent(double share) {
    return Double.isNaN(share) ? "–" : format("%.2f %%", 100 * share);
  }

  static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return format("%.1f s", seconds);
    }
    return whole < 3600
        ? format("%d min %02d s", whole / 60, whole % 60)
        : format("%d h %02d min", whole / 3600, whole % 3600 / 60);
  }
}
