package io.github.cvt4j.app;

import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.nn.Way;
import io.github.cvt4j.train.TimedTraining;
import io.github.cvt4j.train.TrainConfig;

/**
 * One way to train the same model, on a copy of its own.
 *
 * @param training owned; {@link #close} closes it
 */
record TrainContender(Way way, ComputeType type, TimedTraining training) implements AutoCloseable {

  static TrainContender of(LoadedModel loaded, Way way, ComputeType type) {
    return new TrainContender(
        way,
        type,
        new TimedTraining(
            loaded.build(),
            TrainConfig.of(loaded.experiment()),
            switch (type) {
              case FP32 -> Precision.FP32;
              case BF16 -> Precision.BF16;
              case INT8 -> throw new IllegalStateException("nothing is trained in int8");
            },
            way));
  }

  /** Its name in reports. */
  String engine() {
    return switch (way) {
      case FAST -> "fast";
      case PLAIN -> "plain";
    };
  }

  @Override
  public void close() {
    training.close();
  }
}
