package io.github.cvt4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.Golden;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Half types give what float32 gives, but for their own rounding. */
class PrecisionTest {

  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  private record Result(float[] logits, Map<String, float[]> gradients) {}

  private static Result run(String golden, Precision precision) {
    StateDict given = Golden.read("tiny/" + golden + ".golden.safetensors");
    try (Cvt model = new Cvt(Experiment.read(Golden.path("tiny/" + golden + ".yaml")).spec(), 0);
        Scope scope = Scope.open()) {
      model.assign(Golden.read("tiny/" + golden + ".weights.safetensors").tensors());
      Tensor logits = model.forward(Tensors.of(given.get("input")), Pass.TRAIN.in(precision));
      assertThat(logits.scalar_type().intern()).isEqualTo(ScalarType.Float);
      logits.logsumexp(1).mean().backward();
      Map<String, float[]> gradients = new LinkedHashMap<>();
      model
          .parameters()
          .trained()
          .forEach(
              (name, parameter) -> {
                Tensor gradient = new Tensor(parameter.grad());
                assertThat(gradient.scalar_type().intern()).as(name).isEqualTo(ScalarType.Float);
                gradients.put(name, Tensors.floats(gradient));
              });
      return new Result(Tensors.floats(logits), gradients);
    }
  }

  /** Distance over length. */
  private static double distance(float[] found, float[] expected) {
    double difference = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(found[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / length);
  }

  private static float[] joined(Map<String, float[]> gradients) {
    int total = gradients.values().stream().mapToInt(g -> g.length).sum();
    float[] all = new float[total];
    int at = 0;
    for (float[] gradient : gradients.values()) {
      System.arraycopy(gradient, 0, all, at, gradient.length);
      at += gradient.length;
    }
    return all;
  }

  /** Rounding is 2^-9 in bfloat16 and 2^-12 in half; a dozen layers add up to a few of these. */
  @ParameterizedTest
  @CsvSource({
    "a_default, BF16, 0.02",
    "a_default, FP16, 0.004",
    "d_avg, BF16, 0.02",
    "j_linear, FP16, 0.004"
  })
  void staysNearFloat32(String golden, Precision precision, double bound) {
    Result expected = run(golden, Precision.FP32);
    Result found = run(golden, precision);
    assertThat(distance(found.logits, expected.logits)).as("logits").isBetween(1e-6, bound);
    assertThat(distance(joined(found.gradients), joined(expected.gradients)))
        .as("gradients")
        .isBetween(1e-6, 3 * bound);
  }
}
