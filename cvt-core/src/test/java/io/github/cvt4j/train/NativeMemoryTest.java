package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.fused.Calibration;
import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.fused.FusedCvt;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.StateLayout;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Native memory stays flat. {@code -Dcvt4j.memory.steps=500} runs longer than the default.
 *
 * <p>Bounds: JavaCPP's counts exactly; resident memory 2 MB and 20 KB a step, for compiled code and
 * what the Java heap keeps although it is collected often. A step whose operator calls each forgot
 * their schema's arguments took 40 KB, and the graph of one step takes about 5 MB.
 */
class NativeMemoryTest {

  private static final Logger LOG = LoggerFactory.getLogger(NativeMemoryTest.class);
  private static final int STEPS = Integer.getInteger("cvt4j.memory.steps", 100);
  private static final long SLACK = (2L << 20) + STEPS * (20L << 10);
  private static final int BATCH = 8;

  private record Usage(long pointers, long bytes, long resident) {

    static Usage now() throws InterruptedException {
      for (int i = 0; i < 3; i++) { // what earlier tests left to the collector
        System.gc();
        Thread.sleep(20);
      }
      return new Usage(Pointer.totalCount(), Pointer.totalBytes(), Pointer.physicalBytes());
    }
  }

  private static void repeat(Runnable work, int times) {
    for (int i = 0; i < times; i++) {
      work.run();
      if (i % 20 == 0) {
        System.gc(); // else the Java heap would grow, and hide the native one
      }
    }
  }

  private static void requireFlat(String what, Runnable work) throws InterruptedException {
    Engine.setThreads(1);
    repeat(work, 40);
    Usage before = Usage.now();
    repeat(work, STEPS);
    Usage after = Usage.now();
    LOG.info("{} {}: before {}, after {}", STEPS, what, before, after);
    assertThat(after.pointers()).as("pointers after %s", what).isEqualTo(before.pointers());
    assertThat(after.bytes()).as("bytes after %s", what).isEqualTo(before.bytes());
    assertThat(after.resident() - before.resident())
        .as("growth of resident memory over %d %s, from %s to %s", STEPS, what, before, after)
        .isLessThan(SLACK);
  }

  private static void trainOnce(Cvt model, Optimizer optimizer, Clipping clipping) {
    try (Scope scope = Scope.open()) {
      Tensor logits = model.forward(Tensors.full(0.5, BATCH, 3, 64, 64), Pass.TRAIN);
      Tensor loss = Loss.labels(logits, Tensors.of(new long[BATCH], BATCH), 0.1);
      model.parameters().zeroGrad();
      loss.backward();
      Gradients.clip(model.parameters(), clipping);
      optimizer.step(1e-4);
    }
  }

  @ParameterizedTest
  @CsvSource({"adamW, norm", "sgd, value", "rmsprop, agc", "lamb, norm", "muon, norm"})
  void training(String name, String clipping) throws InterruptedException {
    Experiment experiment =
        Experiment.defaults()
            .with(
                List.of(
                    "TRAIN.OPTIMIZER", name,
                    "TRAIN.CLIP_GRAD_MODE", clipping,
                    "TRAIN.CLIP_GRAD_NORM", "0.01"));
    OptimizerConfig config = OptimizerReader.optimizer(experiment);
    try (Cvt model = new Cvt(Tiny.golden(), 1);
        Optimizer optimizer = config.create(model.parameters())) {
      requireFlat(
          "training steps with " + name, () -> trainOnce(model, optimizer, config.clipping()));
    }
  }

  /** All that a step can have: two batches, half types, blocks run twice, averaged weights. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void stepsOfTheTrainer(Precision precision) throws InterruptedException {
    TrainConfig config =
        Runs.with(Runs.rich(), new Computation(precision, true, false), Safeguards.USUAL);
    Loader loader =
        new Loader(
            Stripes.SMALL.train(),
            Transform.evaluation(config.preprocess()),
            new Loader.Config(8, false, true, 0, 0));
    try (Cvt model = new Cvt(config.model(), 1);
        Optimizer optimizer = config.optimizer().create(model.parameters());
        AveragedModel averaged = new AveragedModel(model, config.averaging())) {
      TrainingStep step = new TrainingStep(model, optimizer, config);
      requireFlat(
          "training steps in " + precision,
          () -> {
            try (Epoch batches = loader.epoch(0)) {
              step.run(batches, 2, loader.size(), 1, 1e-4);
              averaged.update(1);
            }
          });
    }
  }

  /** Eight pictures are shared out, five at once are not. */
  @ParameterizedTest
  @EnumSource(ComputeType.class)
  void predictingWithTheFusedEngine(ComputeType type) throws InterruptedException {
    try (Cvt model = new Cvt(Tiny.golden(), 1);
        FusedCvt fused =
            new FusedCvt(
                model.spec(), model.stateDict().tensors(), type, quantization(model.spec()))) {
      requireFlat(
          "fused predictions in " + type.key(),
          () -> {
            try (Scope scope = Scope.open()) {
              Engine.setThreads(2);
              Tensor images = Tensors.full(0.5, BATCH, 3, 64, 64);
              Tensors.floats(fused.head(fused.preLogits(images)));
              fused.preLogits(images.narrow(0, 0, 5), map -> {});
            }
          });
    }
  }

  /** Every linear layer of the blocks in integers; the ranges are none of the pictures'. */
  private static Quantization quantization(CvtSpec spec) {
    Map<String, Quantization.Range> ranges = new LinkedHashMap<>();
    for (String name : StateLayout.of(spec).keySet()) {
      if (name.matches(".*\\.(proj|proj_[qkv]|fc[12])\\.weight") && name.contains(".blocks.")) {
        ranges.put(name.replace(".weight", ""), new Quantization.Range(-2, 2));
      }
    }
    return new Quantization(ranges, "");
  }

  @Test
  void calibrating() throws InterruptedException {
    try (Cvt model = new Cvt(Tiny.golden(), 1)) {
      Map<String, HostTensor> weights = model.stateDict().tensors();
      requireFlat(
          "calibrations",
          () -> {
            try (Calibration calibration = new Calibration(model.spec(), weights);
                Scope scope = Scope.open()) {
              calibration.see(Tensors.full(0.5, 1, 3, 64, 64));
              calibration.layers();
            }
          });
    }
  }

  @Test
  void buildingFusedEngines() throws InterruptedException {
    try (Cvt model = new Cvt(Tiny.golden(), 1)) {
      StateDict weights = model.stateDict();
      requireFlat(
          "fused engines",
          () -> new FusedCvt(model.spec(), weights.tensors(), ComputeType.FP32).close());
    }
  }

  @Test
  void predicting() throws InterruptedException {
    try (Cvt model = new Cvt(Tiny.golden(), 1)) {
      requireFlat(
          "predictions",
          () -> {
            try (Scope scope = Scope.open();
                NoGrad noGrad = NoGrad.enter()) {
              Tensors.floats(model.forward(Tensors.full(0.5, BATCH, 3, 64, 64), Pass.EVAL));
            }
          });
    }
  }

  @Test
  void optimizersAndModelsFreeAllTheyOwn() throws InterruptedException {
    requireFlat(
        "models",
        () -> {
          try (Cvt model = new Cvt(Tiny.small(3), 1);
              Optimizer optimizer =
                  new AdamW(
                      model.parameters(),
                      ParameterGroup.split(model.parameters(), 0, ParameterGroup.PUBLISHED),
                      AdamW.Options.DEFAULT)) {
            optimizer.load(optimizer.state());
          }
        });
  }
}
