package io.github.cvt4j.train;

import java.util.List;

/** Hears how training goes, on the thread that trains; what takes long here slows training down. */
public interface TrainListener {

  /** Hears nothing. */
  TrainListener NONE = new TrainListener() {};

  /**
   * A step is done: one update of the weights, from one batch or, with accumulation, several.
   *
   * @param epoch from 1
   * @param batch the step's number in the epoch, from 1
   * @param batches steps in an epoch
   * @param loss before the update, mean over the step's pictures
   * @param rate learning rate
   * @param gradientNorm joint L2 norm of all gradients, before clipping
   * @param imagesPerSecond of this step, from the end of the one before, so waiting for pictures
   *     counts
   */
  record Step(
      int epoch,
      int batch,
      int batches,
      double loss,
      double rate,
      double gradientNorm,
      double imagesPerSecond) {}

  /**
   * Before the first step, of a resumed run too.
   *
   * @param epochs in the whole run, those before resuming included
   * @param stepsPerEpoch of all epochs but perhaps the last
   */
  default void onBegin(int epochs, int stepsPerEpoch) {}

  /** After every training step. */
  default void onStep(Step step) {}

  /**
   * While validating.
   *
   * @param epoch from 1
   * @param done pictures so far; where two kinds of weights are validated, each counts
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
      public void onBegin(int epochs, int stepsPerEpoch) {
        all.forEach(listener -> listener.onBegin(epochs, stepsPerEpoch));
      }

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
