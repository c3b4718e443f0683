package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Shapes;
import io.github.cvt4j.image.DecodeOptions;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.report.Findings.Answer;
import io.github.cvt4j.report.Findings.PerClass;
import io.github.cvt4j.report.Findings.Shown;
import org.junit.jupiter.api.Test;

class FindingsTest {

  private static final Dataset PICTURES = new Shapes(Shapes.Part.VALIDATION, 40, 200, 0);

  private static final Findings FINDINGS =
      Examination.findings(
          new Answers(10)
              .add(3, 3, 0.9, 2)
              .add(3, 5, 0.7, 1)
              .add(5, 5, 0.6, 1)
              .add(5, 3, 0.5, 3)
              .add(5, 0, 0.8, 2)
              .evaluation(),
          PICTURES);

  @Test
  void answersAreCountedByClass() {
    assertThat(FINDINGS.answers())
        .containsExactly(
            new Answer(3, 3, 2),
            new Answer(3, 5, 1),
            new Answer(5, 0, 2),
            new Answer(5, 3, 3),
            new Answer(5, 5, 1));
    assertThat(FINDINGS.perClass()).hasSize(10);
    assertThat(FINDINGS.perClass().get(3)).isEqualTo(new PerClass(3, 3, 2, 5));
    assertThat(FINDINGS.perClass().get(5)).isEqualTo(new PerClass(5, 6, 1, 3));
    assertThat(FINDINGS.perClass().get(0)).isEqualTo(new PerClass(0, 0, 0, -1));
    assertThat(FINDINGS.perClass().get(0).accuracy()).isNaN();
    assertThat(FINDINGS.share(new Answer(5, 3, 3))).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void confusionsComeMostFrequentFirst() {
    assertThat(FINDINGS.confusions())
        .containsExactly(new Answer(5, 3, 3), new Answer(5, 0, 2), new Answer(3, 5, 1));
  }

  @Test
  void mistakesComeWithSmallPicturesOfThemselves() {
    Shown first = FINDINGS.mistakes().get(0);
    assertThat(first.mistake().confidence()).isCloseTo(0.8, within(1e-6));
    assertThat(first.name()).isEqualTo("shapes validation 7");
    assertThat(ImageDecoder.decode(first.png(), "mistake", DecodeOptions.DEFAULT).width())
        .isEqualTo(160);
    assertThat(FINDINGS.mistakes()).hasSize(6);
  }
}
