package io.github.cvt4j.report;

import static io.github.cvt4j.report.ReportPage.format;
import static io.github.cvt4j.report.ReportPage.percent;

import io.github.cvt4j.eval.Calibration;
import io.github.cvt4j.eval.Mistake;
import io.github.cvt4j.image.PngWriter;
import java.util.Comparator;
import java.util.List;

/** The parts of the page about a model's answers: classes, confusion, calibration, mistakes. */
final class FindingsSections {

  /** More classes than this make no readable table; then a picture stands for it. */
  static final int READABLE = 40;

  private static final int LISTED_CLASSES = 1000;
  private static final int LISTED_CONFUSIONS = 12;

  private final Html html;
  private final Findings findings;

  FindingsSections(Html html, Findings findings) {
    this.html = html;
    this.findings = findings;
  }

  void write() {
    classes();
    confusion();
    calibration();
    mistakes();
  }

  private void classes() {
    List<Findings.PerClass> rows =
        findings.perClass().stream()
            .filter(row -> row.count() > 0)
            .sorted(Comparator.comparingDouble(Findings.PerClass::accuracy))
            .toList();
    html.open("section", "aria-labelledby", "classes")
        .leaf("h2", "Class by class", "id", "classes");
    boolean few = rows.size() <= READABLE;
    if (!few) {
      classTable(rows.subList(0, READABLE / 2), "The hardest classes of " + rows.size());
      html.open("details").leaf("summary", "More classes");
    }
    List<Findings.PerClass> listed = rows.subList(0, Math.min(rows.size(), LISTED_CLASSES));
    classTable(listed, listed.size() + " classes, hardest first");
    if (!few) {
      html.close("details");
    }
    html.close("section");
  }

  private void classTable(List<Findings.PerClass> rows, String caption) {
    html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", caption);
    html.open("table", "class", "classes").leaf("caption", caption);
    columns("class", "accuracy", "", "right", "pictures", "most often taken for");
    html.open("tbody");
    for (Findings.PerClass row : rows) {
      html.open("tr").leaf("th", name(row.label()), "scope", "row");
      html.leaf("td", percent(row.accuracy()));
      html.open("td", "class", "barcell", "aria-hidden", "true")
          .leaf("span", "", "class", "fill", "style", format("width:%.1f%%", 100 * row.accuracy()))
          .close("td");
      html.leaf("td", format("%,d", row.right())).leaf("td", format("%,d", row.count()));
      html.leaf("td", row.takenFor() < 0 ? "–" : name(row.takenFor()), "class", "text");
      html.close("tr");
    }
    html.close("tbody").close("table").close("div");
  }

  private void columns(String... names) {
    html.open("thead").open("tr");
    for (String name : names) {
      if (name.isEmpty()) {
        html.leaf("td", "");
      } else {
        html.leaf("th", name, "scope", "col");
      }
    }
    html.close("tr").close("thead");
  }

  private void confusion() {
    html.open("section", "aria-labelledby", "confusion")
        .leaf("h2", "Confusion matrix", "id", "confusion")
        .open("div", "class", "confusions");
    int size = findings.classes().size();
    if (size <= READABLE) {
      matrix();
    } else if (size <= HeatMap.MOST_CLASSES) {
      html.picture(
          PngWriter.bytes(HeatMap.of(findings, HeatMap.cell(size))),
          "Confusion matrix of " + size + " classes; the table below has the darkest cells",
          "class",
          "heat");
    }
    List<Findings.Answer> confusions = findings.confusions();
    if (!confusions.isEmpty()) {
      confusionTable(confusions.subList(0, Math.min(confusions.size(), LISTED_CONFUSIONS)));
    }
    html.close("div").close("section");
  }

  private void confusionTable(List<Findings.Answer> confusions) {
    html.open("div", "class", "scroll").open("table");
    html.leaf("caption", "Most frequent confusions");
    columns("class", "taken for", "pictures");
    html.open("tbody");
    for (Findings.Answer answer : confusions) {
      html.open("tr").leaf("th", name(answer.label()), "scope", "row");
      html.leaf("td", name(answer.predicted()), "class", "text");
      html.leaf("td", format("%,d", answer.count())).close("tr");
    }
    html.close("tbody").close("table").close("div");
  }

  private void matrix() {
    int size = findings.classes().size();
    Findings.Answer[][] cells = new Findings.Answer[size][size];
    for (Findings.Answer answer : findings.answers()) {
      cells[answer.label()][answer.predicted()] = answer;
    }
    String caption = "Rows are true classes, columns the model's answers, in pictures";
    html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", caption);
    html.open("table", "class", "confusion").leaf("caption", caption);
    html.open("thead").open("tr").leaf("td", "");
    for (int k = 0; k < size; k++) {
      html.open("th", "scope", "col").leaf("span", name(k)).close("th");
    }
    html.close("tr").close("thead").open("tbody");
    for (int label = 0; label < size; label++) {
      html.open("tr").leaf("th", name(label), "scope", "row");
      for (int k = 0; k < size; k++) {
        cell(cells[label][k]);
      }
      html.close("tr");
    }
    html.close("tbody").close("table").close("div");
  }

  /** Shaded by the share of its row; the root keeps rare mistakes visible. */
  private void cell(Findings.Answer answer) {
    if (answer == null) {
      html.leaf("td", "·", "class", "none");
      return;
    }
    double share = findings.share(answer);
    String kind = answer.label() == answer.predicted() ? "right" : "wrong";
    html.leaf(
        "td",
        format("%,d", answer.count()),
        "class",
        share > 0.3 ? kind + " full" : kind,
        "style",
        format("--s:%.0f%%", 100 * Math.sqrt(share)));
  }

  private void calibration() {
    Calibration calibration = findings.evaluation().calibration();
    html.open("section", "aria-labelledby", "calibration")
        .leaf("h2", "Can its confidence be believed?", "id", "calibration");
    html.open("div", "class", "beside").open("div");
    ReliabilityDiagram.write(html, calibration);
    html.close("div").open("div");
    html.leaf(
        "p",
        "Of the answers given with some confidence, that share should be right: bars should end on"
            + " the diagonal. Orange is what is missing, green what is more than was promised. The"
            + " mean distance, weighted by pictures, is the expected calibration error: "
            + percent(calibration.error())
            + ".");
    html.open("table").leaf("caption", "Confidence against accuracy");
    columns("confidence", "accuracy", "pictures");
    html.open("tbody");
    for (Calibration.Bin bin : calibration.bins()) {
      if (bin.count() > 0) {
        html.open("tr").leaf("th", percent(bin.confidence()), "scope", "row");
        html.leaf("td", percent(bin.accuracy())).leaf("td", format("%,d", bin.count()));
        html.close("tr");
      }
    }
    html.close("tbody").close("table").close("div").close("div").close("section");
  }

  private void mistakes() {
    if (findings.mistakes().isEmpty()) {
      return;
    }
    html.open("section", "aria-labelledby", "mistakes")
        .leaf("h2", "Worst mistakes", "id", "mistakes")
        .leaf("p", "Wrong answers that the model was surest of.", "class", "note");
    html.open("ol", "class", "mistakes");
    for (Findings.Shown shown : findings.mistakes()) {
      Mistake mistake = shown.mistake();
      html.open("li").open("figure");
      html.picture(shown.png(), shown.name(), "title", shown.name(), "loading", "lazy");
      html.open("figcaption").leaf("strong", name(mistake.label()));
      html.open("span").text("taken for ").leaf("em", name(mistake.predicted())).close("span");
      html.leaf("span", format("%.1f %% sure", 100 * mistake.confidence()), "class", "sure");
      html.close("figcaption").close("figure").close("li");
    }
    html.close("ol").close("section");
  }

  private String name(int label) {
    return findings.classes().get(label);
  }
}
