package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.data.RandomResizedCrop;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Safetensors;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Small runs for tests: five batches of four pictures make an epoch. */
final class Runs {

  static final CvtSpec SPEC = Tiny.small(3);

  static final OptimizerConfig ADAMW =
      new OptimizerConfig(
          new OptimizerConfig.UseAdamW(AdamW.Options.DEFAULT),
          ParameterRules.published(0.05),
          new Clipping(Clipping.Mode.NORM, 5));

  static final OptimizerConfig SGD =
      new OptimizerConfig(
          new OptimizerConfig.UseSgd(Sgd.Options.DEFAULT),
          ParameterRules.published(1e-4),
          Clipping.NONE);

  private Runs() {}

  static TrainConfig config(OptimizerConfig optimizer, double rate, int epochs, long seed) {
    Preprocess preprocess = Preprocess.standard(SPEC.imageSize());
    return new TrainConfig(
        SPEC,
        preprocess,
        new Augmentation(
            new Augmentation.Resized(
                RandomResizedCrop.USUAL_SCALE,
                RandomResizedCrop.USUAL_RATIO,
                preprocess.interpolation()),
            0.5),
        TrainConfig.Batches.of(4, 4, 2),
        optimizer,
        new TrainConfig.Rates(
            Schedules.warmedUp(rate, epochs, rate / 100, 1, rate / 10), /* perStep= */ true),
        Course.ofEpochs(epochs),
        new Loss.CrossEntropy(0.1),
        Averaging.NONE,
        Computation.PLAIN,
        Safeguards.USUAL,
        seed);
  }

  /** Two epochs of AdamW. */
  static TrainConfig config() {
    return config(ADAMW, 2e-3, 2, 5);
  }

  /** The same in another course, with other batches and averaging. */
  static TrainConfig with(
      TrainConfig config, Course course, TrainConfig.Batches batches, Averaging averaging) {
    return new TrainConfig(
        config.model(),
        config.preprocess(),
        config.augmentation(),
        batches,
        config.optimizer(),
        config.rates(),
        course,
        config.loss(),
        averaging,
        config.computation(),
        config.safeguards(),
        config.seed());
  }

  /** The same computed and guarded another way. */
  static TrainConfig with(TrainConfig config, Computation computation, Safeguards safeguards) {
    return new TrainConfig(
        config.model(),
        config.preprocess(),
        config.augmentation(),
        config.batches(),
        config.optimizer(),
        config.rates(),
        config.course(),
        config.loss(),
        config.averaging(),
        computation,
        safeguards,
        config.seed());
  }

  /** All that a run can do at once, in two epochs of three updates. */
  static TrainConfig rich() {
    return with(
        config(),
        new Course(
            0,
            2,
            0,
            Course.Validation.ALWAYS,
            List.of(
                new Course.Resized(0, Size.square(12)), new Course.Resized(1, Size.square(16)))),
        new TrainConfig.Batches(4, 2, true, 4, 2),
        new Averaging(0.9, true, Averaging.Judged.BOTH));
  }

  static TrainReport train(TrainConfig config, RunFolder folder) {
    return train(config, folder, TrainListener.NONE);
  }

  static TrainReport train(TrainConfig config, RunFolder folder, TrainListener listener) {
    try (Cvt model = new Cvt(config.model(), config.seed())) {
      return new Trainer(config, Stripes.SMALL, folder, listener).train(model);
    }
  }

  static TrainReport resume(TrainConfig config, DataSplit data, RunFolder folder) {
    try (Cvt model = new Cvt(config.model(), /* seed= */ 999)) {
      return new Trainer(config, data, folder, TrainListener.NONE).resume(model);
    }
  }

  /** Trains until so many steps, or batches of validation, have been seen, counted over epochs. */
  static TrainReport trainAndStop(
      TrainConfig config, RunFolder folder, int steps, int validations) {
    AtomicInteger stepsLeft = new AtomicInteger(steps);
    AtomicInteger validationsLeft = new AtomicInteger(validations);
    Trainer[] trainer = new Trainer[1];
    TrainListener stopper =
        new TrainListener() {
          @Override
          public void onStep(Step step) {
            if (stepsLeft.decrementAndGet() == 0) {
              trainer[0].stop();
            }
          }

          @Override
          public void onValidation(int epoch, int done, int total) {
            if (validationsLeft.decrementAndGet() == 0) {
              trainer[0].stop();
            }
          }
        };
    trainer[0] = new Trainer(config, Stripes.SMALL, folder, stopper);
    try (Cvt model = new Cvt(config.model(), config.seed())) {
      return trainer[0].train(model);
    }
  }

  static void requireEqualTensors(Path one, Path other) {
    Map<String, HostTensor> expected = Safetensors.read(one).tensors();
    Map<String, HostTensor> found = Safetensors.read(other).tensors();
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, tensor) -> assertThat(found.get(name).data()).as(name).isEqualTo(tensor.data()));
  }
}
