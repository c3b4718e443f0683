package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OptimizerTest {

  private enum Kind {
    ADAMW,
    NESTEROV,
    PLAIN,
    MUON,
    ADAM,
    RMSPROP,
    LAMB;

    Optimizer create(Cvt model) {
      return switch (this) {
        case ADAMW -> new AdamW(model.parameters(), groups(model), AdamW.Options.DEFAULT);
        case NESTEROV -> new Sgd(model.parameters(), groups(model), Sgd.Options.DEFAULT);
        case PLAIN -> new Sgd(model.parameters(), groups(model), new Sgd.Options(0, false));
        case MUON ->
            new Muon(
                model.parameters(),
                groups(model),
                new Muon.Options(0.95, true, 5, 0.1, AdamW.Options.DEFAULT));
        case ADAM -> new Adam(model.parameters(), groups(model), AdamW.Options.DEFAULT);
        case RMSPROP ->
            new RmsProp(
                model.parameters(),
                groups(model),
                new RmsProp.Options(0.9, 1e-8, 0.9, true, RmsProp.Flavour.TENSORFLOW));
        case LAMB -> new Lamb(model.parameters(), groups(model), Lamb.Options.DEFAULT);
      };
    }
  }

  private static List<ParameterGroup> groups(Cvt model) {
    return ParameterGroup.split(model.parameters(), 0.05, ParameterGroup.PUBLISHED);
  }

  @BeforeEach
  void useOneThread() {
    Engine.setThreads(1);
  }

  private static void backward(Cvt model, double pixel) {
    try (Scope scope = Scope.open()) {
      Tensor images = Tensors.full(pixel, 2, 3, 16, 16);
      Tensor logits = model.forward(images, Pass.EVAL);
      model.parameters().zeroGrad();
      Loss.labels(logits, Tensors.of(new long[] {0, 2}, 2), 0).backward();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLoadedStateGoesOnAsTheSavedOne(Kind kind) {
    try (Cvt model = new Cvt(Tiny.small(3), 1);
        Cvt twin = new Cvt(Tiny.small(3), 2);
        Optimizer optimizer = kind.create(model);
        Optimizer other = kind.create(twin)) {
      for (int step = 0; step < 3; step++) {
        backward(model, step);
        optimizer.step(0.01);
      }
      twin.assign(model.stateDict().tensors());
      other.load(optimizer.state());
      backward(model, 0.5);
      optimizer.step(0.01);
      backward(twin, 0.5);
      other.step(0.01);
      model
          .stateDict()
          .tensors()
          .forEach(
              (name, tensor) ->
                  assertThat(twin.stateDict().get(name).data()).as(name).isEqualTo(tensor.data()));
    }
  }

  @Test
  void refusesTheStateOfAnotherModel() {
    try (Cvt model = new Cvt(Tiny.small(3), 1);
        Cvt wider = new Cvt(Tiny.small(4), 1);
        Optimizer optimizer = Kind.ADAMW.create(model);
        Optimizer other = Kind.ADAMW.create(wider);
        Optimizer sgd = Kind.NESTEROV.create(model)) {
      assertThatThrownBy(() -> optimizer.load(other.state()))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(
              "the optimizer's state 'exp_avg.head.weight' has shape [4, 16], expected [3, 16]");
      assertThatThrownBy(() -> optimizer.load(sgd.state()))
          .isInstanceOf(CheckpointException.class)
          .hasMessage("the optimizer's state has no 'step'");
    }
  }

  @Test
  void muonsThreadsMakeNoDifference() {
    Map<String, HostTensor> one = afterMuon(1);
    afterMuon(3)
        .forEach(
            (name, tensor) -> assertThat(tensor.data()).as(name).isEqualTo(one.get(name).data()));
  }

  private static Map<String, HostTensor> afterMuon(int threads) {
    try (Cvt model = new Cvt(Tiny.small(3), 1)) {
      Engine.setThreads(threads);
      try (Optimizer optimizer = Kind.MUON.create(model)) {
        Engine.setThreads(1); // of forward and backward
        for (int step = 0; step < 3; step++) {
          backward(model, step);
          optimizer.step(0.01);
        }
      }
      return model.stateDict().tensors();
    }
  }

  @Test
  void aParameterWithoutGradientIsNamed() {
    try (Cvt model = new Cvt(Tiny.small(3), 1);
        Optimizer optimizer = Kind.ADAMW.create(model)) {
      assertThatThrownBy(() -> optimizer.step(0.1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("has no gradient");
    }
  }

  @Test
  void depthwiseWeightsDecayUnlessAskedNotTo() {
    String depthwise = "stage0.blocks.0.attn.conv_proj_q.conv.weight";
    try (Cvt model = new Cvt(Tiny.small(3), 1)) {
      assertThat(groups(model).get(0).names()).contains(depthwise);
      List<ParameterGroup> without =
          ParameterGroup.split(model.parameters(), 0.05, Set.of(ParameterGroup.Kind.DEPTHWISE));
      assertThat(without.get(1).names())
          .contains(depthwise, "stage1.cls_token")
          .doesNotContain("norm.weight", "head.bias");
    }
  }
}
