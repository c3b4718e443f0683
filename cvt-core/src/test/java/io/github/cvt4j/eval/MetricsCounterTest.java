package io.github.cvt4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MetricsCounterTest {

  private static Metrics of(float[] logits, int classes, long... labels) {
    MetricsCounter counter = new MetricsCounter();
    counter.add(logits, classes, labels);
    return counter.metrics();
  }

  @Test
  void countsTheFirstAndTheFirstFive() {
    float[] rising = {0, 1, 2, 3, 4, 5, 6};
    float[] logits = new float[7 * 7];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = rising[i % 7];
    }
    Metrics metrics = of(logits, 7, 0, 1, 2, 3, 4, 5, 6);
    assertThat(metrics.count()).isEqualTo(7);
    assertThat(metrics.top1()).isEqualTo(1 / 7.0);
    assertThat(metrics.top5()).isEqualTo(5 / 7.0);
  }

  @Test
  void amongFewClassesAllAreAmongTheFirstFive() {
    assertThat(of(new float[] {3, 1, 2}, 3, 1).top5()).isEqualTo(1);
  }

  @Test
  void lossIsTheMeanCrossEntropy() {
    double expected = (Math.log(1 + Math.exp(1)) + Math.log(1 + Math.exp(-2))) / 2;
    assertThat(of(new float[] {1, 0, 2, 0}, 2, 1, 0).loss()).isCloseTo(expected, offset(1e-12));
  }

  @Test
  void largeLogitsDoNotOverflow() {
    assertThat(of(new float[] {1e30f, 0}, 2, 0).loss()).isZero();
  }

  @Test
  void batchesOfAnySizeGiveTheSameFigures() {
    Random random = new Random(3);
    int classes = 9;
    float[] logits = new float[23 * classes];
    long[] labels = new long[23];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < labels.length; i++) {
      labels[i] = random.nextInt(classes);
    }
    MetricsCounter counter = new MetricsCounter();
    for (int from = 0; from < 23; from += 10) {
      int to = Math.min(23, from + 10);
      counter.add(
          java.util.Arrays.copyOfRange(logits, from * classes, to * classes),
          classes,
          java.util.Arrays.copyOfRange(labels, from, to));
    }
    assertThat(counter.metrics()).isEqualTo(of(logits, classes, labels));
  }

  @Test
  void tiesGoToTheLowerClass() {
    float[] same = new float[8];
    assertThat(of(same, 8, 0).top1()).isEqualTo(1);
    assertThat(of(same, 8, 1).top1()).isZero();
    assertThat(of(same, 8, 4).top5()).isEqualTo(1);
    assertThat(of(same, 8, 5).top5()).isZero();
  }

  @Test
  void nanIsNeverRight() {
    Metrics allNan = of(new float[] {Float.NaN, Float.NaN}, 2, 0);
    assertThat(allNan.top1()).isZero();
    assertThat(allNan.top5()).isZero();
    assertThat(allNan.loss()).isNaN();
    assertThat(of(new float[] {Float.NaN, 1}, 2, 1).top1()).isEqualTo(1);
  }

  @Test
  void refusesLabelsOutOfRange() {
    assertThatThrownBy(() -> of(new float[] {1, 2}, 2, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("label 2: expected 0 to 1");
  }
}
