package io.github.cvt4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.Optional;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassOrderTest {

  /** A model that is right so often, seen through an order of the classes. */
  private static Evaluation evaluation(
      int classes, int each, double accuracy, IntUnaryOperator order) {
    Random random = new Random(4);
    EvaluationCounter counter =
        new EvaluationCounter(ClassMap.inOrder(classes), Optional.empty(), 0);
    for (int i = 0; i < classes * each; i++) {
      int label = i / each;
      int said = random.nextDouble() < accuracy ? label : random.nextInt(classes);
      float[] logits = new float[classes];
      logits[order.applyAsInt(said)] = 1;
      counter.add(logits, classes, new long[] {label}, new int[] {i});
    }
    return counter.evaluation();
  }

  @ParameterizedTest
  @CsvSource({"10,20,0.9", "10,8,0.5", "100,10,0.6", "1000,4,0.8", "2,40,0.9"})
  void anotherOrderIsSeen(int classes, int each, double accuracy) {
    Evaluation evaluation =
        evaluation(classes, each, accuracy, k -> (k + 1 + classes / 3) % classes);
    ClassOrder order = evaluation.order().orElseThrow();
    assertThat(evaluation.metrics().top1()).isLessThan(0.25);
    assertThat(order.top1()).isCloseTo(evaluation.metrics().top1(), offset(0.1));
    assertThat(order.reordered()).isCloseTo(accuracy, offset(0.15));
    assertThat(order.predicted()).isEqualTo((order.label() + 1 + classes / 3) % classes);
  }

  @ParameterizedTest
  @CsvSource({"10,20,0.9", "10,20,0.3", "10,20,0", "1000,4,0", "1000,1,0", "100,2,0.05", "2,40,0"})
  void theRightOrderIsNotDoubtedHoweverWeakTheModel(int classes, int each, double accuracy) {
    assertThat(evaluation(classes, each, accuracy, k -> k).order()).isEmpty();
  }

  @Test
  void oneAnswerToEverythingIsNoOrder() {
    assertThat(evaluation(10, 20, 1, k -> 3).order()).isEmpty();
  }

  @Test
  void twoSwappedClassesOfManyAreLeftToTheConfusionMatrix() {
    assertThat(evaluation(10, 20, 1, k -> k < 2 ? 1 - k : k).order()).isEmpty();
  }

  @Test
  void fewPicturesTellNothing() {
    assertThat(evaluation(3, 5, 1, k -> (k + 1) % 3).order()).isEmpty();
  }
}
