package io.github.cvt4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.Golden;
import io.github.cvt4j.GoldenModels;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.StateDict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The network against the reference implementation's numbers, tensor by tensor. */
class GoldenParityTest {

  private static final double EVAL = 2e-5;
  private static final double LOSS = 1e-5;
  private static final double GRADIENT = 5e-5;
  private static final double BUFFER = 1e-5;

  private static final List<String> MODELS =
      List.of(
          "a_default",
          "b_rect",
          "c_meanpool",
          "d_avg",
          "e_four_stage",
          "f_gelu",
          "g_kv1",
          "h_two_stage",
          "j_linear");

  static Stream<Arguments> modelsByEveryWay() {
    return MODELS.stream()
        .flatMap(name -> Stream.of(Way.values()).map(way -> Arguments.of(name, way)));
  }

  @ParameterizedTest
  @MethodSource("modelsByEveryWay")
  void everyTensorOfTheReferenceIsMet(String name, Way way) throws Exception {
    StateDict golden = Golden.read("tiny/" + name + ".golden.safetensors");
    try (Cvt model = GoldenModels.model(golden, "tiny/" + name + ".weights.safetensors")) {
      evaluation(model, golden, way);
      training(model, golden, way);
    }
  }

  @Test
  void aBatchOfOneKeepsItsAxis() throws Exception {
    StateDict golden = Golden.read("tiny/a_default.golden.safetensors");
    try (Cvt model = GoldenModels.model(golden, "tiny/a_default.weights.safetensors");
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      Tensor logits = model.forward(Tensors.of(golden.get("input_b1")), Pass.EVAL);
      check("logits_b1", Tensors.host(logits), golden.get("logits_b1"), EVAL);
    }
  }

  @Test
  void huggingFaceStagesAreMet() throws Exception {
    StateDict golden = Golden.read("hf/golden.safetensors");
    try (Cvt model = GoldenModels.model(golden, "hf/microsoft.weights.safetensors");
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      Map<String, HostTensor> seen = new HashMap<>();
      model.forward(
          Tensors.of(golden.get("input")),
          Pass.eval((name, value) -> seen.put(name, Tensors.host(value))));
      for (int i = 0; i < 3; i++) {
        check("stage" + i, seen.get("stage" + i + ".out"), golden.get("hidden_states." + i), EVAL);
      }
      check("cls", seen.get("stage2.cls"), golden.get("cls_token_value"), EVAL);
      check("logits", seen.get("logits"), golden.get("logits"), EVAL);
    }
  }

  @Test
  void attentionMapsAreDistributionsAndDoNotChangeTheResult() throws Exception {
    StateDict golden = Golden.read("tiny/a_default.golden.safetensors");
    try (Cvt model = GoldenModels.model(golden, "tiny/a_default.weights.safetensors");
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      Map<String, HostTensor> seen = new HashMap<>();
      Pass.Probe probe =
          new Pass.Probe() {
            @Override
            public void see(String name, Tensor value) {
              seen.put(name, Tensors.host(value));
            }

            @Override
            public boolean wantsAttention(String name) {
              return true;
            }
          };
      model.forward(Tensors.of(golden.get("input")), Pass.eval(probe));
      check("logits", seen.get("logits"), golden.get("logits"), EVAL);
      HostTensor attention = seen.get("stage2.block1.attention");
      // 64x64 pictures: 4x4 grid and class token ask 2x2 keys and class token.
      assertThat(attention.shape()).containsExactly(golden.get("input").shape()[0], 4, 17, 5);
      float[] values = attention.toFloats();
      for (int row = 0; row < values.length / 5; row++) {
        double sum = 0;
        for (int key = 0; key < 5; key++) {
          assertThat(values[row * 5 + key]).isBetween(0f, 1f);
          sum += values[row * 5 + key];
        }
        assertThat(sum).as("row %d", row).isBetween(1 - 1e-5, 1 + 1e-5);
      }
    }
  }

  private static void evaluation(Cvt model, StateDict golden, Way way) {
    Map<String, HostTensor> seen = new HashMap<>();
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      model.forward(
          Tensors.of(golden.get("input")),
          Pass.eval((name, value) -> seen.put(name, Tensors.host(value))).by(way));
    }
    int compared = 0;
    for (String name : golden.names()) {
      if (name.startsWith("stage") || name.equals("prelogits") || name.equals("logits")) {
        check(name, seen.get(name), golden.get(name), EVAL);
        compared++;
      }
    }
    assertThat(compared).isEqualTo(seen.size());
  }

  private static void training(Cvt model, StateDict golden, Way way) {
    try (Scope scope = Scope.open()) {
      Tensor logits = model.forward(Tensors.of(golden.get("input")), Pass.TRAIN.by(way));
      Tensor loss = torch.cross_entropy_loss(logits, Tensors.of(golden.get("targets")));
      loss.backward();
      check("train.logits", Tensors.host(logits), golden.get("train.logits"), EVAL);
      check("train.loss", Tensors.host(loss), golden.get("train.loss"), LOSS);
      model
          .parameters()
          .trained()
          .forEach(
              (name, parameter) ->
                  check(
                      "grad." + name,
                      Tensors.host(new Tensor(parameter.grad())),
                      golden.get("grad." + name),
                      GRADIENT));
      model
          .parameters()
          .buffers()
          .forEach(
              (name, buffer) -> {
                HostTensor expected = golden.get("after." + name);
                if (expected.dtype().isFloat()) {
                  check("after." + name, Tensors.host(buffer), expected, BUFFER);
                } else {
                  assertThat(Tensors.longs(buffer)).as(name).isEqualTo(expected.toLongs());
                }
              });
    }
  }

  /** Within the tolerance times the largest value, at least 1. */
  private static void check(String name, HostTensor actual, HostTensor expected, double tolerance) {
    assertThat(actual).as("%s was shown", name).isNotNull();
    assertThat(actual.shape()).as("shape of %s", name).isEqualTo(expected.shape());
    float[] a = actual.toFloats();
    float[] e = expected.toFloats();
    double largest = 1;
    double worst = 0;
    for (int i = 0; i < e.length; i++) {
      largest = Math.max(largest, Math.abs(e[i]));
      double difference = Math.abs((double) a[i] - e[i]);
      worst = difference <= worst ? worst : difference; // keeps NaN
    }
    assertThat(worst).as("largest difference in %s", name).isLessThanOrEqualTo(tolerance * largest);
  }
}
