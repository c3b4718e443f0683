package io.github.cvt4j.train;

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
   */
  record Step(int epoch, int batch, int batches, double loss, double rate) {}

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
}
