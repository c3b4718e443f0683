package io.github.cvt4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluationCounterTest {

  private static final int CLASSES = 7;
  private static final int PICTURES = 113;

  private final float[] logits = new float[PICTURES * CLASSES];
  private final long[] labels = new long[PICTURES];

  EvaluationCounterTest() {
    Random random = new Random(8);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (3 * random.nextGaussian());
    }
    Arrays.setAll(labels, i -> random.nextInt(CLASSES));
  }

  private Evaluation inBatches(int size, ClassMap map, int mistakes) {
    EvaluationCounter counter = new EvaluationCounter(map, Optional.empty(), mistakes);
    for (int from = 0; from < PICTURES; from += size) {
      int to = Math.min(PICTURES, from + size);
      counter.add(
          Arrays.copyOfRange(logits, from * CLASSES, to * CLASSES),
          CLASSES,
          Arrays.copyOfRange(labels, from, to),
          IntStream.range(from, to).toArray());
    }
    return counter.evaluation();
  }

  private static Evaluation of(float[] logits, int classes, long... labels) {
    EvaluationCounter counter =
        new EvaluationCounter(ClassMap.inOrder(classes), Optional.empty(), 10);
    counter.add(logits, classes, labels, IntStream.range(0, labels.length).toArray());
    return counter.evaluation();
  }

  private double[] softmax(int picture) {
    double[] weights = new double[CLASSES];
    Arrays.setAll(weights, k -> Math.exp(logits[picture * CLASSES + k]));
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(w -> w / sum).toArray();
  }

  private int predicted(int picture) {
    double[] p = softmax(picture);
    return IntStream.range(0, CLASSES).reduce(0, (a, b) -> p[b] > p[a] ? b : a);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10, 64, 112})
  void batchesOfAnySizeGiveTheSameFigures(int size) {
    Evaluation whole = inBatches(PICTURES, ClassMap.inOrder(CLASSES), 5);
    Evaluation parts = inBatches(size, ClassMap.inOrder(CLASSES), 5);
    assertThat(parts.metrics()).isEqualTo(whole.metrics());
    assertThat(parts.calibration()).isEqualTo(whole.calibration());
    assertThat(parts.mistakes()).isEqualTo(whole.mistakes());
    assertThat(parts.confusion().cells()).isEqualTo(whole.confusion().cells());
  }

  @Test
  void theConfusionMatrixCountsEveryPicture() {
    Confusion confusion = inBatches(32, ClassMap.inOrder(CLASSES), 0).confusion();
    for (int actual = 0; actual < CLASSES; actual++) {
      for (int taken = 0; taken < CLASSES; taken++) {
        int a = actual;
        int t = taken;
        long expected =
            IntStream.range(0, PICTURES).filter(i -> labels[i] == a && predicted(i) == t).count();
        assertThat(confusion.count(a, t)).as("%d taken for %d", a, t).isEqualTo(expected);
      }
      int a = actual;
      assertThat(confusion.total(a)).isEqualTo(Arrays.stream(labels).filter(l -> l == a).count());
      assertThat(confusion.accuracy(a))
          .isEqualTo((double) confusion.count(a, a) / confusion.total(a));
    }
  }

  @Test
  void theCalibrationErrorIsTheMeanGapOfFifteenBins() {
    double error = 0;
    for (int bin = 0; bin < 15; bin++) {
      double low = bin / 15.0;
      double high = (bin + 1) / 15.0;
      int[] inside =
          IntStream.range(0, PICTURES)
              .filter(i -> softmax(i)[predicted(i)] > low && softmax(i)[predicted(i)] <= high)
              .toArray();
      double confidence = Arrays.stream(inside).mapToDouble(i -> softmax(i)[predicted(i)]).sum();
      long right = Arrays.stream(inside).filter(i -> predicted(i) == labels[i]).count();
      error += Math.abs(right - confidence) / PICTURES;
    }
    Calibration calibration = inBatches(32, ClassMap.inOrder(CLASSES), 0).calibration();
    assertThat(calibration.error()).isCloseTo(error, offset(1e-12)).isBetween(0.1, 0.9);
    assertThat(calibration.bins()).hasSize(15);
    assertThat(calibration.bins().stream().mapToLong(Calibration.Bin::count).sum())
        .isEqualTo(PICTURES);
  }

  @Test
  void whoIsSureAndRightIsCalibrated() {
    assertThat(of(new float[] {200, 0, 0, 200}, 2, 0, 1).calibration().error()).isZero();
    assertThat(of(new float[] {200, 0, 0, 200}, 2, 1, 0).calibration().error()).isEqualTo(1);
    assertThat(of(new float[] {0, 0, 0, 0}, 2, 0, 1).calibration().error()).isZero();
  }

  @Test
  void theSurestMistakesComeFirst() {
    List<Mistake> mistakes = inBatches(20, ClassMap.inOrder(CLASSES), 6).mistakes();
    double[] wrong =
        IntStream.range(0, PICTURES)
            .filter(i -> predicted(i) != labels[i])
            .mapToDouble(i -> -softmax(i)[predicted(i)])
            .sorted()
            .limit(6)
            .toArray();
    assertThat(mistakes).hasSize(6);
    for (int i = 0; i < 6; i++) {
      Mistake mistake = mistakes.get(i);
      assertThat(mistake.confidence()).isCloseTo(-wrong[i], offset(1e-12));
      assertThat(mistake.label()).isEqualTo((int) labels[mistake.index()]);
      assertThat(mistake.predicted()).isEqualTo(predicted(mistake.index()));
    }
    assertThat(inBatches(20, ClassMap.inOrder(CLASSES), 0).mistakes()).isEmpty();
  }

  @Test
  void ofEqualMistakesTheEarlierPictureComesFirst() {
    EvaluationCounter counter = new EvaluationCounter(ClassMap.inOrder(2), Optional.empty(), 2);
    counter.add(new float[] {1, 0, 1, 0, 1, 0}, 2, new long[] {1, 1, 1}, new int[] {7, 5, 6});
    assertThat(counter.evaluation().mistakes()).extracting(Mistake::index).containsExactly(5, 6);
  }

  @Test
  void outputsThatTheDataHasNotAreLeftOut() {
    ClassMap map = ClassMap.of(List.of("e", "c"), 7, List.of("a", "b", "c", "d", "e", "f", "g"));
    EvaluationCounter counter = new EvaluationCounter(map, Optional.empty(), 0);
    counter.add(new float[] {9, 9, 1, 9, 2, 9, 9}, 7, new long[] {0}, new int[] {0});
    Evaluation evaluation = counter.evaluation();
    assertThat(evaluation.metrics().top1()).isEqualTo(1);
    assertThat(evaluation.metrics().loss()).isCloseTo(Math.log(1 + Math.exp(-1)), offset(1e-9));
    assertThat(evaluation.confusion().classes()).isEqualTo(2);
  }

  @Test
  void answersThatAreNoNumbersAreNeverRight() {
    Evaluation evaluation = of(new float[] {Float.NaN, Float.NaN, Float.NaN, 1}, 2, 0, 1);
    assertThat(evaluation.metrics().top1()).isEqualTo(0.5);
    assertThat(evaluation.confusion().total(0)).isEqualTo(1);
    assertThat(evaluation.confusion().count(0, 0) + evaluation.confusion().count(0, 1)).isZero();
    assertThat(evaluation.confusion().count(1, 1)).isEqualTo(1);
    assertThat(evaluation.calibration().error()).isNaN();
  }

  @Test
  void theMatrixIsWrittenAsATable(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("confusion.csv");
    Evaluation evaluation = of(new float[] {1, 0, 0, 1, 0, 1}, 2, 0, 0, 1);
    evaluation.confusion().writeCsv(file, List.of("tench, Tinca", "a \"b\""));
    assertThat(Files.readString(file))
        .isEqualTo(
            "actual,\"tench, Tinca\",\"a \"\"b\"\"\"\n\"tench, Tinca\",1,1\n\"a \"\"b\"\"\",0,1\n");
  }
}
