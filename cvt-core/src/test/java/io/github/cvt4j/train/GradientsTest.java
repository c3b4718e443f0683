package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GradientsTest {

  private Cvt model;
  private Map<String, float[]> before;
  private double norm;

  @BeforeEach
  void backward() {
    Engine.setThreads(1);
    model = new Cvt(Tiny.small(3), 1);
    try (Scope scope = Scope.open()) {
      Tensor logits = model.forward(Tensors.full(1, 2, 3, 16, 16), Pass.EVAL);
      Loss.labels(logits, Tensors.of(new long[] {0, 2}, 2), 0).backward();
    }
    before = gradients();
    norm = Math.sqrt(before.values().stream().mapToDouble(values -> squares(values, 0, 1)).sum());
  }

  @AfterEach
  void close() {
    model.close();
  }

  private Map<String, float[]> gradients() {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    model
        .parameters()
        .trained()
        .forEach((name, tensor) -> gradients.put(name, Tensors.floats(new Tensor(tensor.grad()))));
    return gradients;
  }

  /** Of one of so many equal parts. */
  private static double squares(float[] values, int part, int parts) {
    int size = values.length / parts;
    double sum = 0;
    for (float value : Arrays.copyOfRange(values, part * size, (part + 1) * size)) {
      sum += (double) value * value;
    }
    return sum;
  }

  private double clip(Clipping.Mode mode, double limit) {
    return Gradients.clip(model.parameters(), new Clipping(mode, limit));
  }

  private void requireScaled(String name, int part, int parts, double scale) {
    float[] whole = before.get(name);
    float[] clipped = gradients().get(name);
    int size = whole.length / parts;
    for (int i = part * size; i < (part + 1) * size; i++) {
      assertThat((double) clipped[i])
          .as("%s, part %d, scaled by %s", name, part, scale)
          .isCloseTo(whole[i] * scale, offset(1e-5 * Math.abs(whole[i] * scale) + 1e-12));
    }
  }

  @Test
  void aNormLimitScalesAllTogether() {
    assertThat(clip(Clipping.Mode.NORM, norm / 4)).isCloseTo(norm, offset(1e-4 * norm));
    before.keySet().forEach(name -> requireScaled(name, 0, 1, 0.25 * norm / (norm + 1e-6)));
  }

  @Test
  void gradientsWithinTheLimitStay() {
    assertThat(clip(Clipping.Mode.NORM, 1e9)).isCloseTo(norm, offset(1e-4 * norm));
    clip(Clipping.Mode.VALUE, 1e9);
    clip(Clipping.Mode.AGC, 1e9);
    assertThat(Gradients.clip(model.parameters(), Clipping.NONE))
        .isCloseTo(norm, offset(1e-4 * norm));
    gradients().forEach((name, after) -> assertThat(after).isEqualTo(before.get(name)));
  }

  @Test
  void aValueLimitCutsEach() {
    float limit = 1e-3f;
    clip(Clipping.Mode.VALUE, limit);
    int cut = 0;
    for (Map.Entry<String, float[]> entry : gradients().entrySet()) {
      float[] whole = before.get(entry.getKey());
      for (int i = 0; i < whole.length; i++) {
        assertThat(entry.getValue()[i])
            .as(entry.getKey())
            .isEqualTo(Math.max(-limit, Math.min(limit, whole[i])));
        cut += Math.abs(whole[i]) > limit ? 1 : 0;
      }
    }
    assertThat(cut).isPositive();
  }

  @Test
  void adaptiveClippingLimitsEachRowButTheHeads() {
    double factor = 0.01;
    clip(Clipping.Mode.AGC, factor);
    int scaled = 0;
    for (Map.Entry<String, float[]> entry : before.entrySet()) {
      String name = entry.getKey();
      Tensor weight = model.parameters().get(name);
      int rows = weight.dim() <= 1 ? 1 : (int) weight.size(0);
      for (int row = 0; row < rows; row++) {
        double weights = Math.sqrt(squares(Tensors.floats(weight), row, rows));
        double gradients = Math.sqrt(squares(entry.getValue(), row, rows));
        double most = Math.max(weights, 1e-3) * factor;
        boolean stays = name.startsWith("head.") || gradients < most;
        requireScaled(name, row, rows, stays ? 1 : most / gradients);
        scaled += stays ? 0 : 1;
      }
    }
    assertThat(scaled).isPositive();
  }

  @Test
  void frozenParametersCountForNothing() {
    String frozen = "stage0.patch_embed.proj.weight";
    try (Scope scope = Scope.open()) {
      Tensor none = new Tensor();
      model.parameters().get(frozen).mutable_grad().put(none);
    }
    double rest = Math.sqrt(norm * norm - squares(before.get(frozen), 0, 1));
    assertThat(clip(Clipping.Mode.NORM, 1e9)).isCloseTo(rest, offset(1e-4 * rest));
    clip(Clipping.Mode.AGC, 1e-3);
  }

  @Test
  void aGradientThatIsNoNumberShowsInTheNorm() {
    try (Scope scope = Scope.open()) {
      Tensor gradient = new Tensor(model.parameters().get("head.bias").grad());
      gradient.mul_(new org.bytedeco.pytorch.Scalar(Double.NaN));
    }
    assertThat(clip(Clipping.Mode.NORM, 1)).isNaN();
  }
}
