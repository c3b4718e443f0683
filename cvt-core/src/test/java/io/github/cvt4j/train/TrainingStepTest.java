package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one update does, and how the averaged weights follow. */
class TrainingStepTest {

  private static final long SEED = 77;

  @BeforeEach
  void useOneThread() {
    Engine.setThreads(1);
  }

  private static Loader loader(int batch) {
    return new Loader(
        Stripes.SMALL.train(),
        Transform.evaluation(Preprocess.standard(Tiny.small(3).imageSize())),
        new Loader.Config(batch, false, true, 0, 0));
  }

  /** Gradients and the outcome of one step of so many batches. */
  private static Map<String, float[]> gradients(
      Cvt model, int batch, int count, TrainingStep.Outcome[] outcome) {
    TrainConfig config = Runs.config();
    Loader loader = loader(batch);
    try (Optimizer still = config.optimizer().create(model.parameters());
        Epoch batches = loader.epoch(0)) {
      outcome[0] =
          new TrainingStep(model, still, config).run(batches, count, loader.size(), SEED, 0);
    }
    Map<String, float[]> gradients = new LinkedHashMap<>();
    try (Scope scope = Scope.open()) {
      model
          .parameters()
          .trained()
          .forEach(
              (name, tensor) -> gradients.put(name, Tensors.floats(new Tensor(tensor.grad()))));
    }
    return gradients;
  }

  @Test
  void accumulatedGradientsAreTheMeanOfTheBatches() {
    // The twin: both batches alone, with the same draws, running statistics going on.
    TrainingStep.Outcome[] outcome = new TrainingStep.Outcome[1];
    try (Cvt together = new Cvt(Tiny.small(3), 1);
        Cvt apart = new Cvt(Tiny.small(3), 1)) {
      Map<String, float[]> found = gradients(together, 4, 2, outcome);
      double lossSum = 0;
      Map<String, float[]> sum = new LinkedHashMap<>();
      Loader loader = loader(4);
      try (Epoch batches = loader.epoch(0)) {
        for (int i = 0; i < 2; i++) {
          Engine.seed(SEED + i);
          try (Scope scope = Scope.open();
              var batch = batches.next()) {
            Tensor images = Tensors.of(batch.input(), 4, 3, 16, 16);
            Tensor logits = apart.forward(images, Pass.TRAIN);
            Tensor loss = Loss.labels(logits, Tensors.of(batch.labels(), 4), 0.1);
            lossSum += loss.item_float();
            apart.parameters().zeroGrad();
            loss.backward();
            apart
                .parameters()
                .trained()
                .forEach(
                    (name, tensor) ->
                        sum.merge(
                            name,
                            Tensors.floats(new Tensor(tensor.grad())),
                            TrainingStepTest::plus));
          }
        }
      }
      assertThat(outcome[0].loss()).isCloseTo(lossSum / 2, within(1e-6));
      assertThat(outcome[0].pictures()).isEqualTo(8);
      double square = 0;
      for (Map.Entry<String, float[]> entry : sum.entrySet()) {
        float[] gradient = found.get(entry.getKey());
        for (int i = 0; i < gradient.length; i++) {
          double mean = entry.getValue()[i] / 2.0;
          assertThat((double) gradient[i]).as(entry.getKey()).isCloseTo(mean, within(1e-6));
          square += mean * mean;
        }
      }
      assertThat(outcome[0].gradientNorm()).isCloseTo(Math.sqrt(square), within(1e-5));
      requireEqual(together.stateDict().tensors(), apart.stateDict().tensors());
    }
  }

  private static float[] plus(float[] a, float[] b) {
    float[] sum = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      sum[i] = a[i] + b[i];
    }
    return sum;
  }

  private static void requireEqual(
      Map<String, HostTensor> expected, Map<String, HostTensor> found) {
    expected.forEach(
        (name, tensor) -> assertThat(found.get(name).data()).as(name).isEqualTo(tensor.data()));
  }

  @Test
  void averagesFollowTheWeightsByTheDecay() {
    Averaging averaging = new Averaging(0.9, /* warmup= */ true, Averaging.Judged.BOTH);
    assertThat(List.of(averaging.decay(0), averaging.decay(8), averaging.decay(1000)))
        .containsExactly(0.1, 0.5, 0.9);
    assertThat(new Averaging(0.9, false, Averaging.Judged.BOTH).decay(0)).isEqualTo(0.9);
    try (Cvt model = new Cvt(Tiny.small(3), 1);
        AveragedModel averaged = new AveragedModel(model, averaging)) {
      requireEqual(model.stateDict().tensors(), averaged.model().stateDict().tensors());
      Tensor weight = model.parameters().get("head.bias");
      Tensor mean = model.parameters().get("stage0.blocks.0.attn.conv_proj_q.bn.running_mean");
      double before = Tensors.floats(weight)[0];
      try (NoGrad noGrad = NoGrad.enter();
          Scope scope = Scope.open()) {
        weight.add_(new org.bytedeco.pytorch.Scalar(1));
        mean.add_(new org.bytedeco.pytorch.Scalar(2));
        model
            .parameters()
            .get("stage0.blocks.0.attn.conv_proj_q.bn.num_batches_tracked")
            .add_(new org.bytedeco.pytorch.Scalar(5));
      }
      averaged.update(8);
      Map<String, HostTensor> average = averaged.model().stateDict().tensors();
      assertThat((double) average.get("head.bias").toFloats()[0])
          .isCloseTo(before + 0.5, within(1e-6));
      assertThat(average.get("stage0.blocks.0.attn.conv_proj_q.bn.running_mean").toFloats()[0])
          .as("buffers are averaged as weights are")
          .isEqualTo(1f);
      assertThat(average.get("stage0.blocks.0.attn.conv_proj_q.bn.num_batches_tracked").toLongs())
          .as("counters are copied")
          .containsExactly(5);
    }
  }

  @Test
  void aStepThatIsNotFiniteLeavesTheWeights() {
    try (Cvt model = new Cvt(Tiny.small(3), 1)) {
      try (NoGrad noGrad = NoGrad.enter();
          Scope scope = Scope.open()) {
        model.parameters().get("head.bias").fill_(new org.bytedeco.pytorch.Scalar(Double.NaN));
      }
      TrainConfig config = Runs.config();
      Loader loader = loader(4);
      HostTensor before = model.stateDict().tensors().get("head.weight");
      try (Optimizer optimizer = config.optimizer().create(model.parameters());
          Epoch batches = loader.epoch(0)) {
        TrainingStep step = new TrainingStep(model, optimizer, config);
        assertThatThrownBy(() -> step.run(batches, 2, loader.size(), SEED, 0.1))
            .isInstanceOf(DivergedException.class)
            .hasMessage("loss is NaN, the gradient's norm NaN");
      }
      assertThat(model.stateDict().tensors().get("head.weight").data()).isEqualTo(before.data());
    }
  }

  @Test
  void detectionNamesTheOperatorThatNaNCameFrom() {
    try (Cvt model = new Cvt(Tiny.small(3), 1)) {
      try (NoGrad noGrad = NoGrad.enter();
          Scope scope = Scope.open()) {
        model.parameters().get("norm.weight").fill_(new org.bytedeco.pytorch.Scalar(Double.NaN));
      }
      TrainConfig config =
          Runs.with(Runs.config(), new Computation(Precision.FP32, false, true), Safeguards.USUAL);
      Loader loader = loader(4);
      try (Optimizer optimizer = config.optimizer().create(model.parameters());
          Epoch batches = loader.epoch(0)) {
        TrainingStep step = new TrainingStep(model, optimizer, config);
        assertThatThrownBy(() -> step.run(batches, 1, loader.size(), SEED, 0.1))
            .isInstanceOf(DivergedException.class)
            .hasMessageMatching("Function '\\w+' returned nan values in its \\d+th output.*");
      }
    }
  }

  @Test
  void anOverflowInHalfSkipsTheStepAndScalesLess() {
    try (Cvt model = new Cvt(Tiny.small(3), 1)) {
      TrainConfig config =
          Runs.with(Runs.config(), new Computation(Precision.FP16, false, false), Safeguards.USUAL);
      Loader loader = loader(4);
      try (Optimizer optimizer = config.optimizer().create(model.parameters());
          Epoch batches = loader.epoch(0)) {
        TrainingStep step = new TrainingStep(model, optimizer, config);
        step.scaler().load(new LossScaler.State(0x1p40, 0));
        HostTensor before = model.stateDict().tensors().get("head.weight");
        TrainingStep.Outcome outcome = step.run(batches, 1, loader.size(), SEED, 0.1);
        assertThat(outcome.updated()).isFalse();
        assertThat(step.scaler().scale()).isEqualTo(0x1p39);
        assertThat(model.stateDict().tensors().get("head.weight").data()).isEqualTo(before.data());
        assertThat(EpochSums.NONE.plus(outcome)).isEqualTo(EpochSums.NONE);
      }
    }
  }
}
