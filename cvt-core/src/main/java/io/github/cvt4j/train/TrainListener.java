package io.github.cvt4j.train;

import java.util.List;

/** Hears how training goes, on the thread that trains; what takes long here slows training down. */
public interface TrainListener {

  /** Hears nothing. */
  TrainListener NONE = new TrainListener() {};

  /**
   * A step is done.
   *
   * @param epoch from 1
   * @param batch of the epoch, from 1
   * @param batches in an epoch
   * @param loss before the update
   * @param rate learning rate
   * @param gradientNorm of all gradients together, before clipping; NaN where nobody asked for it
   * @param imagesPerSecond since the step before, waiting for data included
   */
  record Step(
      int epoch,
      int batch,
      int batches,
      double loss,
      double rate,
      double gradientNorm,
      double imagesPerSecond) {}

  /** After every training step. */
  default void onStep(Step step) {}

  /**
   * While validating.
   *
   * @param epoch from 1
   * @param done pictures so far
   * @param total pictures in all
   */
  default void onValidation(int epoch, int done, int total) {}

  /** After every epoch, once it is saved. */
  default void onEpoch(EpochResult result, EpochTiming timing) {}

  /** Tells several listeners, in their order. */
  static TrainListener all(TrainListener... listeners) {
    List<TrainListener> all = List.of(listeners);
    return new TrainListener() {
      @Override
      public void onStep(Step step) {
        all.forEach(listener -> listener.onStep(step));
      }

      @Override
      public void onValidation(int epoch, int done, int total) {
        all.forEach(listener -> listener.onValidation(epoch, done, total));
      }

      @Override
      public void onEpoch(EpochResult result, EpochTiming timing) {
        all.forEach(listener -> listener.onEpoch(result, timing));
      }
    };
  }
}
