package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.eval.Evaluation;
import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.report.Findings.Shown;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ReportPageTest {

  private static final String HOSTILE = "</td><script>alert('x')</script>\" onerror=\"a & b";
  private static final byte[] PNG = PngWriter.bytes(new RgbImage(2, 2, new byte[12]));

  private static final History METRICS =
      new History(
          List.of("epoch", "rate", "train_loss", "train_top1", "val_loss", "val_top1", "val_top5"),
          List.of(
              new double[] {1, 1e-3, 2.1, 0.3, 1.9, 0.41, 0.8},
              new double[] {2, 5e-4, 1.6, 0.5, Double.NaN, Double.NaN, Double.NaN},
              new double[] {3, 1e-4, 1.1, 0.7, 1.3, 0.625, 0.9}));

  private static final History TIMING =
      new History(
          List.of(
              "epoch",
              "images_per_second",
              "data_wait_share",
              "train_seconds",
              "validation_seconds"),
          List.of(new double[] {1, 100, 0.01, 30, 5}, new double[] {2, 200, 0.02, 60, 5}));

  private static Findings findings(int classes) {
    List<String> names = new ArrayList<>(List.of(HOSTILE));
    IntStream.range(1, classes).forEach(k -> names.add("class " + k));
    Answers answers = new Answers(classes).add(0, 1, 0.9, 1234).add(2, 0, 0.5, 5);
    IntStream.range(0, classes).forEach(k -> answers.add(k, k, 0.8, Math.max(1, 1000 / classes)));
    Evaluation evaluation = answers.evaluation();
    return new Findings(
        names, evaluation, List.of(new Shown(evaluation.mistakes().get(0), HOSTILE, PNG)));
  }

  private static RunReport report(History metrics, Optional<Findings> findings) {
    return new RunReport(
        HOSTILE,
        Map.of("Data", HOSTILE),
        "NAME: '" + HOSTILE + "'\n",
        List.of(
            new Session("./cvt train " + HOSTILE, "t0", HOSTILE, Map.of("Java", "17")),
            new Session("./cvt train --resume", "t1", "", Map.of())),
        metrics,
        metrics.size() == 0 ? History.EMPTY : TIMING,
        Optional.of(PNG),
        findings);
  }

  private static Document parsed(RunReport report) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    return factory.newDocumentBuilder().parse(new InputSource(new StringReader(report.html())));
  }

  private static List<Element> all(Document page, String tag) {
    NodeList nodes = page.getElementsByTagName(tag);
    return IntStream.range(0, nodes.getLength()).mapToObj(i -> (Element) nodes.item(i)).toList();
  }

  private static List<String> texts(Document page, String tag) {
    return all(page, tag).stream().map(Element::getTextContent).toList();
  }

  /** Whatever the page is about: whole, alone in the world, and readable without eyes. */
  private static Document checked(RunReport report) throws Exception {
    Document page = parsed(report); // well-formed: everything is closed and escaped
    assertThat(all(page, "script")).isEmpty();
    assertThat(all(page, "link")).isEmpty();
    List<String> ids = new ArrayList<>();
    for (Element element : all(page, "*")) {
      for (int i = 0; i < element.getAttributes().getLength(); i++) {
        String name = element.getAttributes().item(i).getNodeName();
        String value = element.getAttributes().item(i).getNodeValue();
        assertThat(name).doesNotStartWith("on");
        if (name.equals("src")) {
          assertThat(value).startsWith("data:image/png;base64,");
        }
        if (name.equals("id")) {
          ids.add(value);
        }
      }
    }
    assertThat(ids).doesNotHaveDuplicates();
    for (Element labelled : all(page, "*")) {
      for (String id : labelled.getAttribute("aria-labelledby").split(" ", -1)) {
        assertThat(id.isEmpty() || ids.contains(id)).as("label %s", id).isTrue();
      }
    }
    assertThat(texts(page, "style").get(0)).doesNotContain("url(", "@import");
    assertThat(all(page, "h1")).hasSize(1);
    assertThat(all(page, "html").get(0).getAttribute("lang")).isEqualTo("en");
    for (Element image : all(page, "img")) {
      assertThat(image.getAttribute("alt")).isNotBlank();
    }
    for (Element table : all(page, "table")) {
      assertThat(table.getElementsByTagName("caption").getLength()).isEqualTo(1);
    }
    for (Element heading : all(page, "th")) {
      assertThat(heading.getAttribute("scope")).isIn("row", "col");
    }
    return page;
  }

  @Test
  void theWholeReportHasAllItsParts() throws Exception {
    Document page = checked(report(METRICS, Optional.of(findings(3))));
    assertThat(texts(page, "h2"))
        .containsExactly(
            "Learning curves",
            "Class by class",
            "Confusion matrix",
            "Can its confidence be believed?",
            "Worst mistakes",
            "What it learns from",
            "Epoch by epoch",
            "Settings",
            "Provenance");
    assertThat(texts(page, "h1")).containsExactly(HOSTILE);
    assertThat(texts(page, "dd")).contains("44.64 %", "58.66 %", "1 min 40 s", "167 images/s");
    assertThat(texts(page, "pre")).containsExactly("NAME: '" + HOSTILE + "'\n");
    assertThat(texts(page, "code")).contains("./cvt train " + HOSTILE, "./cvt train --resume");
    assertThat(texts(page, "td")).contains("1,234", "21.25 %", "·");
    assertThat(texts(page, "figcaption").stream().anyMatch(text -> text.contains("90.0 % sure")))
        .isTrue();
    assertThat(texts(page, "p").get(1)).contains("best model is that of epoch 3", "2,238");
  }

  @Test
  void curvesBreakWhereThereIsNoNumber() throws Exception {
    Document page = checked(report(METRICS, Optional.empty()));
    List<Element> lines =
        all(page, "path").stream()
            .filter(path -> path.getAttribute("class").equals("line s1"))
            .filter(path -> !path.getAttribute("d").equals("M0 4H24")) // the legends'
            .toList();
    // Validation has the first and the third epoch: two pieces, nothing between.
    assertThat(lines.get(0).getAttribute("d")).matches("M[\\d.]+ [\\d.]+M[\\d.]+ [\\d.]+");
    assertThat(texts(page, "desc").get(0)).contains("validation: from 1.900 to 1.300");
  }

  @Test
  void manyClassesBecomeAPictureAndALimitedTable() throws Exception {
    Document page = checked(report(METRICS, Optional.of(findings(1500))));
    assertThat(all(page, "img").stream().map(image -> image.getAttribute("alt")))
        .anyMatch(alt -> alt.startsWith("Confusion matrix of 1500 classes"));
    assertThat(texts(page, "caption")).contains("The hardest classes of 1500");
    assertThat(all(page, "tr")).hasSizeLessThan(1100);
  }

  @Test
  void aStoppedRunHasAReportToo() throws Exception {
    Document page = checked(report(METRICS, Optional.empty()));
    assertThat(texts(page, "h2")).contains("Answers").doesNotContain("Worst mistakes");
    assertThat(texts(page, "dd")).contains("62.50 %", "1.3000");
    Document empty = checked(report(History.EMPTY, Optional.empty()));
    assertThat(texts(empty, "p")).contains("No epoch has ended yet.");
    assertThat(texts(empty, "h2")).doesNotContain("Learning curves");
  }

  @Test
  void aPerfectModelHasNoMistakesToShow() throws Exception {
    Findings perfect =
        new Findings(List.of("a", "b"), new Answers(2).add(0, 0, 0.9, 1).evaluation(), List.of());
    Document page = checked(report(METRICS, Optional.of(perfect)));
    assertThat(texts(page, "h2")).doesNotContain("Worst mistakes");
    assertThat(texts(page, "caption")).doesNotContain("Most frequent confusions");
  }
}
