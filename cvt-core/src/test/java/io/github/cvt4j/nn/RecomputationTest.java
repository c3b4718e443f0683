package io.github.cvt4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.DropRates;
import io.github.cvt4j.spec.Variants;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Running blocks twice instead of keeping what is in them. */
class RecomputationTest {

  @BeforeEach
  void useOneThread() {
    Engine.setThreads(1);
  }

  /** Every drop there is, on a model of three stages with a class token in the last. */
  private static CvtSpec spec() {
    CvtSpec plain = Variants.get("cvt-tiny-32").spec();
    return new CvtSpec(
        plain.stages().stream()
            .map(
                s ->
                    new io.github.cvt4j.spec.StageSpec(
                        s.patch(),
                        s.dim(),
                        s.heads(),
                        2,
                        s.mlpRatio(),
                        s.qkvBias(),
                        s.clsToken(),
                        s.posEmbed(),
                        s.projection(),
                        new DropRates(0.1, 0.1, 0.3)))
            .toList(),
        5,
        3,
        plain.activation(),
        plain.init(),
        plain.imageSize());
  }

  private static Tensor pictures(int batch) {
    return Tensors.full(1, batch, 3, 32, 32).normal_();
  }

  /** Gradients, running statistics and the loss of one training pass. */
  private static Map<String, HostTensor> step(Precision precision, boolean recomputing) {
    Map<String, HostTensor> found = new LinkedHashMap<>();
    try (Cvt model = new Cvt(spec(), 3);
        Scope scope = Scope.open();
        Recomputation blocks = new Recomputation()) {
      Engine.seed(4);
      Pass pass = Pass.TRAIN.in(precision);
      Tensor logits = model.forward(pictures(4), recomputing ? pass.recomputing(blocks) : pass);
      Tensor loss = logits.square().mean();
      found.put("loss", Tensors.host(loss));
      if (recomputing) {
        blocks.backward(loss);
      } else {
        loss.backward();
      }
      model
          .parameters()
          .trained()
          .forEach(
              (name, p) -> found.put("gradient of " + name, Tensors.host(new Tensor(p.grad()))));
      model.parameters().buffers().forEach((name, b) -> found.put(name, Tensors.host(b)));
    }
    return found;
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void nothingChangesToTheLastBit(Precision precision) {
    Map<String, HostTensor> expected = step(precision, false);
    Map<String, HostTensor> found = step(precision, true);
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, tensor) ->
            assertThat(found.get(name).toString()).as(name).isEqualTo(tensor.toString()));
    expected.forEach(
        (name, tensor) -> assertThat(found.get(name).data()).as(name).isEqualTo(tensor.data()));
    assertThat(found.get("stage0.blocks.0.attn.conv_proj_q.bn.num_batches_tracked").toLongs())
        .as("a batch counts once")
        .containsExactly(1);
  }

  /** Bytes that the graph of a forward pass holds. */
  private static long held(Cvt model, boolean recomputing) {
    try (Scope scope = Scope.open();
        Recomputation blocks = new Recomputation()) {
      Tensor images = pictures(256); // resident memory is counted in coarse portions
      long before = Pointer.physicalBytes();
      model.forward(images, recomputing ? Pass.TRAIN.recomputing(blocks) : Pass.TRAIN);
      return Pointer.physicalBytes() - before;
    }
  }

  @Test
  void lessIsKeptForTheBackwardPass() {
    try (Cvt model = new Cvt(spec(), 3)) {
      held(model, true); // what the first pass of all takes once
      long recomputing = held(model, true);
      long ordinary = held(model, false);
      assertThat(recomputing)
          .as("bytes held with recomputation, without %d", ordinary)
          .isLessThan(ordinary / 2);
    }
  }

  @Test
  void whatIsNotRunBackwardsIsFreed() {
    try (Cvt model = new Cvt(spec(), 3)) {
      held(model, true);
      long before = Pointer.totalCount();
      held(model, true);
      assertThat(Pointer.totalCount()).isEqualTo(before);
    }
  }

  @Test
  void frozenBlocksPassGradientsOn() {
    try (Cvt model = new Cvt(spec(), 3);
        Scope scope = Scope.open();
        Recomputation blocks = new Recomputation()) {
      List<String> frozen =
          model.parameters().trained().keySet().stream()
              .filter(name -> name.startsWith("stage0") || name.startsWith("stage1"))
              .toList();
      model.parameters().freeze(frozen);
      HostTensor mean = model.stateDict().get("stage0.blocks.0.attn.conv_proj_q.bn.running_mean");
      blocks.backward(model.forward(pictures(4), Pass.TRAIN.recomputing(blocks)).square().mean());
      model
          .parameters()
          .trained()
          .forEach(
              (name, parameter) ->
                  assertThat(new Tensor(parameter.grad()).defined())
                      .as(name)
                      .isEqualTo(!frozen.contains(name)));
      assertThat(model.stateDict().get("stage0.blocks.0.attn.conv_proj_q.bn.running_mean").data())
          .as("frozen norms keep their statistics")
          .isEqualTo(mean.data());
    }
  }
}
