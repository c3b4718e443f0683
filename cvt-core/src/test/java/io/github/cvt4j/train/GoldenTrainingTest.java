package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cvt4j.Golden;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.nn.Way;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.StateDict;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Eight steps of the original programs, repeated. */
class GoldenTrainingTest {

  private static final int STEPS = 8;
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @EnumSource
  void adamW(Way way) {
    check("adamw", 0.05, way, adamWBy(way), (logits, step) -> onLabels(logits, step, 0));
  }

  @ParameterizedTest
  @EnumSource
  void sgdWithNesterovsMomentum(Way way) {
    check(
        "sgd",
        1e-4,
        way,
        (model, groups) -> new Sgd(model.parameters(), groups, Sgd.Options.DEFAULT),
        (logits, step) -> onLabels(logits, step, 0));
  }

  @ParameterizedTest
  @EnumSource
  void labelSmoothing(Way way) {
    check(
        "label_smoothing", 0.05, way, adamWBy(way), (logits, step) -> onLabels(logits, step, 0.1));
  }

  @ParameterizedTest
  @EnumSource
  void softTargets(Way way) {
    float[] targets = Golden.read("train/soft_targets.safetensors").get("targets").toFloats();
    check(
        "soft_targets",
        0.05,
        way,
        adamWBy(way),
        (logits, step) ->
            new Loss.CrossEntropy(0.1)
                .ofTargets(logits, Tensors.of(FloatBuffer.wrap(targets, step * 40, 40), 4, 10)));
  }

  @Test
  void parametersWithoutDecay() throws JsonProcessingException {
    StateDict golden = Golden.read("train/adamw.safetensors");
    try (Cvt model = new Cvt(Tiny.golden(), 0)) {
      List<ParameterGroup> groups =
          ParameterGroup.split(model.parameters(), 0.05, ParameterGroup.PUBLISHED);
      assertThat(groups).extracting(ParameterGroup::weightDecay).containsExactly(0.05, 0.0);
      assertThat(groups.get(1).names())
          .hasSize(77)
          .containsExactlyInAnyOrderElementsOf(names(golden, "no_weight_decay"));
      assertThat(groups.get(0).names()).hasSize(117 - 77);
    }
  }

  private static BiFunction<Cvt, List<ParameterGroup>, Optimizer> adamWBy(Way way) {
    return (model, groups) ->
        switch (way) {
          case FAST -> new AdamW(model.parameters(), groups, AdamW.Options.DEFAULT);
          case PLAIN -> new PlainAdamW(model.parameters(), groups, AdamW.Options.DEFAULT);
        };
  }

  private static Tensor onLabels(Tensor logits, int step, double smoothing) {
    long[] labels = Golden.read("train/inputs.safetensors").get("targets").toLongs();
    Tensor four = Tensors.of(Arrays.copyOfRange(labels, step * 4, step * 4 + 4), 4);
    return new Loss.CrossEntropy(smoothing).ofLabels(logits, four);
  }

  private static void check(
      String name,
      double decay,
      Way way,
      BiFunction<Cvt, List<ParameterGroup>, Optimizer> optimizers,
      BiFunction<Tensor, Integer, Tensor> loss) {
    StateDict golden = Golden.read("train/" + name + ".safetensors");
    StateDict inputs =
        golden.tensors().containsKey("inputs") ? golden : Golden.read("train/inputs.safetensors");
    float[] images = inputs.get("inputs").toFloats();
    int batch = images.length / STEPS;
    double[] rates = new double[STEPS];
    golden.get("lr").data().asDoubleBuffer().get(rates);
    try (Cvt model = new Cvt(Tiny.golden(), 0)) {
      model.assign(Golden.read("tiny/a_default.weights.safetensors").tensors());
      List<ParameterGroup> groups =
          ParameterGroup.split(model.parameters(), decay, ParameterGroup.PUBLISHED);
      try (Optimizer optimizer = optimizers.apply(model, groups)) {
        for (int step = 0; step < STEPS; step++) {
          FloatBuffer slice = FloatBuffer.wrap(images, step * batch, batch);
          try (Scope scope = Scope.open()) {
            Tensor logits = model.forward(Tensors.of(slice, 4, 3, 48, 48), Pass.TRAIN.by(way));
            Tensor value = loss.apply(logits, step);
            assertThat(Tensors.floats(value)[0])
                .as("%s: loss of step %d", name, step)
                .isCloseTo(golden.get("loss").toFloats()[step], offset(1e-4f));
            model.parameters().zeroGrad();
            value.backward();
            optimizer.step(rates[step]);
          }
        }
      }
      requireFinal(golden, model.stateDict(), name, Arrays.stream(rates).sum());
    }
  }

  /** Parameters without a true gradient only drift with rounding noise, at most a rate a step. */
  private static void requireFinal(StateDict golden, StateDict state, String name, double rateSum) {
    List<String> noise =
        golden.metadata().containsKey("adamw") ? names(golden, "noise_parameters") : List.of();
    int compared = 0;
    for (Map.Entry<String, HostTensor> entry : state.tensors().entrySet()) {
      HostTensor expected = golden.get("final." + entry.getKey());
      if (!expected.dtype().isFloat()) {
        assertThat(entry.getValue().toLongs()).isEqualTo(expected.toLongs());
        continue;
      }
      double tolerance = noise.contains(entry.getKey()) ? 2 * rateSum : 2e-4;
      assertThat(distance(entry.getValue().toFloats(), expected.toFloats()))
          .as("%s: %s", name, entry.getKey())
          .isLessThanOrEqualTo(tolerance);
      compared++;
    }
    assertThat(compared).isGreaterThan(117);
  }

  private static double distance(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double max = 0;
    for (int i = 0; i < a.length; i++) {
      max = Math.max(max, Math.abs((double) a[i] - b[i]));
    }
    return max;
  }

  private static List<String> names(StateDict golden, String key) {
    try {
      return JSON.readValue(golden.metadata().get(key), new TypeReference<List<String>>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
