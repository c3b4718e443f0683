package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class LossTest {

  private static final int CLASSES = 3;
  private static final float[] LOGITS = {0.3f, -1.2f, 2f, -40f, 40f, 0f};
  private static final long[] LABELS = {2, 0};

  /** Straight from the definition, in double precision. */
  private static double binary(double[] targets) {
    double sum = 0;
    for (int i = 0; i < targets.length; i++) {
      double softplus = Math.max(LOGITS[i], 0) + Math.log1p(Math.exp(-Math.abs(LOGITS[i])));
      sum += softplus - targets[i] * LOGITS[i]; // -t log s - (1-t) log (1-s)
    }
    return sum / targets.length;
  }

  private static double onLabels(Loss loss) {
    try (Scope scope = Scope.open()) {
      Tensor logits = Tensors.of(LOGITS, 2, CLASSES);
      return Tensors.floats(loss.ofLabels(logits, Tensors.of(LABELS, 2)))[0];
    }
  }

  private static double onTargets(Loss loss, float... targets) {
    try (Scope scope = Scope.open()) {
      Tensor logits = Tensors.of(LOGITS, 2, CLASSES);
      return Tensors.floats(loss.ofTargets(logits, Tensors.of(targets, 2, CLASSES)))[0];
    }
  }

  private static Loss bce(double smoothing) {
    return new Loss.BinaryCrossEntropy(smoothing, OptionalDouble.empty());
  }

  @Test
  void binaryCrossEntropySmoothsClassNumbers() {
    assertThat(onLabels(bce(0))).isCloseTo(binary(new double[] {0, 0, 1, 1, 0, 0}), offset(1e-5));
    double off = 0.3 / 3;
    double on = 1 - 0.3 + off;
    assertThat(onLabels(bce(0.3)))
        .isCloseTo(binary(new double[] {off, off, on, on, off, off}), offset(1e-5));
  }

  @Test
  void binaryCrossEntropyTakesMixedTargetsAsTheyAre() {
    assertThat(onTargets(bce(0.3), 0.6f, 0, 0.4f, 0.1f, 0.9f, 0))
        .isCloseTo(binary(new double[] {0.6, 0, 0.4, 0.1, 0.9, 0}), offset(1e-5));
  }

  @Test
  void aThresholdMakesTargetsYesOrNo() {
    Loss loss = new Loss.BinaryCrossEntropy(0.3, OptionalDouble.of(0.4));
    assertThat(onTargets(loss, 0.6f, 0, 0.4f, 0.1f, 0.9f, 0))
        .isCloseTo(binary(new double[] {1, 0, 0, 0, 1, 0}), offset(1e-5));
    assertThat(onLabels(loss)).isCloseTo(binary(new double[] {0, 0, 1, 1, 0, 0}), offset(1e-5));
  }

  @Test
  void crossEntropyOnLabelsIsThatOnTheirSmoothedDistribution() {
    float off = 0.1f / 3;
    float on = 0.9f + off;
    assertThat(onLabels(new Loss.CrossEntropy(0.1)))
        .isCloseTo(onTargets(new Loss.CrossEntropy(0), off, off, on, on, off, off), offset(1e-4));
  }

  @Test
  void refusesWhatMakesNoTarget() {
    assertThatThrownBy(() -> new Loss.CrossEntropy(1))
        .isInstanceOf(SpecException.class)
        .hasMessage("label smoothing 1.0: expected 0 or more and less than 1");
    assertThatThrownBy(() -> new Loss.BinaryCrossEntropy(0, OptionalDouble.of(1)))
        .isInstanceOf(SpecException.class)
        .hasMessage("target threshold 1.0: expected 0 or more and less than 1");
  }
}
