package io.github.cvt4j.train;

/**
 * What an epoch's steps have come to so far.
 *
 * @param loss sum of the steps' losses, each times its pictures
 * @param pictures trained on
 * @param right pictures of these classified rightly
 */
record EpochSums(double loss, long pictures, long right) {

  static final EpochSums NONE = new EpochSums(0, 0, 0);

  EpochSums {
    if (!Double.isFinite(loss) || pictures < 0 || right < 0 || right > pictures) {
      throw new IllegalArgumentException("contradicts itself");
    }
  }

  /** With a step that moved the weights; one that did not has no loss worth counting. */
  EpochSums plus(TrainingStep.Outcome step) {
    if (!step.updated()) {
      return this;
    }
    return new EpochSums(
        loss + step.loss() * step.pictures(), pictures + step.pictures(), right + step.right());
  }

  double meanLoss() {
    return loss / pictures;
  }

  double top1() {
    return (double) right / pictures;
  }
}
