package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Shapes;
import io.github.cvt4j.image.DecodeOptions;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.report.Findings.Answer;
import io.github.cvt4j.report.Findings.Mistake;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExaminationTest {

  /** Ten classes that go round, so picture i is of class i modulo 10. */
  private static final Dataset PICTURES = new Shapes(Shapes.Part.VALIDATION, 40, 200, 0);

  /** Logits with which one class gets a given probability and the other nine share the rest. */
  private static float[] sure(int predicted, double probability) {
    float[] logits = new float[10];
    logits[predicted] = (float) Math.log(9 * probability / (1 - probability));
    return logits;
  }

  private static Findings examined(Object... labelsPredictionsConfidences) {
    Examination examination = new Examination(PICTURES);
    for (int i = 0; i < labelsPredictionsConfidences.length; i += 3) {
      int index = (int) labelsPredictionsConfidences[i];
      examination.add(
          sure(
              (int) labelsPredictionsConfidences[i + 1],
              (double) labelsPredictionsConfidences[i + 2]),
          new long[] {PICTURES.label(index)},
          new int[] {index});
    }
    return examination.findings();
  }

  @Test
  void answersAreCountedByClass() {
    Findings findings = examined(3, 3, 0.9, 13, 3, 0.8, 23, 5, 0.7, 5, 5, 0.6, 15, 3, 0.5);
    assertThat(findings.count()).isEqualTo(5);
    assertThat(findings.top1()).isCloseTo(0.6, within(1e-12));
    assertThat(findings.answers())
        .containsExactly(
            new Answer(3, 3, 2), new Answer(3, 5, 1), new Answer(5, 3, 1), new Answer(5, 5, 1));
    Findings.PerClass three = findings.perClass().get(3);
    assertThat(three).isEqualTo(new Findings.PerClass(3, 3, 2, 5));
    assertThat(three.accuracy()).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(findings.perClass().get(0)).isEqualTo(new Findings.PerClass(0, 0, 0, -1));
    assertThat(findings.confusions()).containsExactly(new Answer(3, 5, 1), new Answer(5, 3, 1));
    assertThat(findings.shares()[3][3]).isCloseTo(2 / 3.0, within(1e-12));
  }

  /** Worked out by hand: bins of 1/15; 0.95 twice, one right, and 0.5 once, right. */
  @Test
  void calibrationErrorIsTheMeanGapWeightedByPictures() {
    Findings findings = examined(0, 0, 0.95, 1, 0, 0.95, 2, 2, 0.5);
    assertThat(findings.calibration().bins()).hasSize(15);
    Findings.Bin last = findings.calibration().bins().get(14);
    assertThat(last.count()).isEqualTo(2);
    assertThat(last.confidence()).isCloseTo(0.95, within(1e-6));
    assertThat(last.accuracy()).isEqualTo(0.5);
    assertThat(findings.calibration().bins().get(7).count()).isEqualTo(1);
    assertThat(findings.calibration().error()).isCloseTo((2 * 0.45 + 1 * 0.5) / 3, within(1e-6));
  }

  @Test
  void certaintyFallsIntoTheLastBin() {
    Findings findings = examined(0, 0, 1 - 1e-12);
    assertThat(findings.calibration().bins().get(14).count()).isEqualTo(1);
  }

  @Test
  void theSurestMistakesComeFirstAndTheirPicturesAreSmall() {
    Findings findings = examined(0, 1, 0.5, 1, 0, 0.9, 2, 2, 0.99, 3, 4, 0.7);
    List<Mistake> mistakes = findings.mistakes();
    assertThat(mistakes.stream().map(Mistake::name))
        .containsExactly("shapes validation 1", "shapes validation 3", "shapes validation 0");
    assertThat(mistakes.get(0).confidence()).isCloseTo(0.9, within(1e-6));
    assertThat(mistakes.get(0).predicted()).isZero();
    assertThat(ImageDecoder.decode(mistakes.get(0).png(), "mistake", DecodeOptions.DEFAULT).width())
        .isEqualTo(128);
  }

  @Test
  void onlySoManyMistakesAreKept() {
    Examination examination = new Examination(PICTURES);
    for (int i = 0; i < 40; i++) {
      int wrong = (PICTURES.label(i) + 1) % 10;
      examination.add(sure(wrong, 0.5 + i / 100.0), new long[] {PICTURES.label(i)}, new int[] {i});
    }
    List<Mistake> mistakes = examination.findings().mistakes();
    assertThat(mistakes).hasSize(24);
    assertThat(mistakes.get(0).name()).isEqualTo("shapes validation 39");
    assertThat(mistakes.get(23).name()).isEqualTo("shapes validation 16");
  }

  @Test
  void whatIsNoNumberIsWrongButNoMistakeToShow() {
    Examination examination = new Examination(PICTURES);
    float[] logits = new float[10];
    Arrays.fill(logits, Float.NaN);
    examination.add(logits, new long[] {1}, new int[] {1});
    Findings findings = examination.findings();
    assertThat(findings.top1()).isZero();
    assertThat(findings.mistakes()).isEmpty();
  }
}
