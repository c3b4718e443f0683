package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PretrainedTest {

  private static final StateDict CHECKPOINT = Golden.read("tiny/a_default.weights.safetensors");

  @Test
  void takesAllWeightsOver() {
    try (Cvt model = Pretrained.model(Tiny.golden(), CHECKPOINT, List.of(), 1)) {
      requireEqual(model.stateDict().tensors(), CHECKPOINT.tensors());
    }
  }

  @Test
  void theHeadStartsAfreshForOtherClasses() {
    try (Cvt model = Pretrained.model(Tiny.golden().withClasses(3), CHECKPOINT, List.of(), 1)) {
      Map<String, HostTensor> body = new LinkedHashMap<>(CHECKPOINT.tensors());
      body.keySet().removeIf(name -> name.startsWith("head."));
      Map<String, HostTensor> state = new LinkedHashMap<>(model.stateDict().tensors());
      assertThat(state.remove("head.weight").shape()).containsExactly(3, 28);
      assertThat(state.remove("head.bias").shape()).containsExactly(3);
      requireEqual(state, body);
    }
  }

  @Test
  void everythingElseIsStrict() {
    Map<String, HostTensor> lacking = new LinkedHashMap<>(CHECKPOINT.tensors());
    lacking.remove("norm.weight");
    StateDict checkpoint = new StateDict(lacking);
    assertThatThrownBy(
            () -> Pretrained.model(Tiny.golden().withClasses(3), checkpoint, List.of(), 1))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("- norm.weight [28]");
    try (Cvt model = Pretrained.model(Tiny.golden(), checkpoint, List.of("norm.*"), 1)) {
      assertThat(model.stateDict().get("norm.weight").toFloats()).containsOnly(1);
    }
    assertThatThrownBy(() -> Pretrained.model(Tiny.small(10), CHECKPOINT, List.of(), 1))
        .isInstanceOf(CheckpointException.class);
  }

  private static void requireEqual(Map<String, HostTensor> found, Map<String, HostTensor> wanted) {
    assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(wanted.keySet());
    wanted.forEach(
        (name, tensor) -> assertThat(found.get(name).data()).as(name).isEqualTo(tensor.data()));
  }
}
