package io.github.cvt4j.train;

import java.util.List;

/**
 * How far a run is.
 *
 * @param epoch the one that is next or under way, from 0
 * @param batch of this epoch, the next one to train on; the number of batches if only validation is
 *     left
 * @param lossSum of this epoch's losses, each times its pictures
 * @param pictures trained on in this epoch
 * @param right pictures of these classified rightly
 * @param results of the epochs before
 * @param timings of the epochs before
 */
record Progress(
    int epoch,
    int batch,
    double lossSum,
    long pictures,
    long right,
    List<EpochResult> results,
    List<EpochTiming> timings) {

  /** Before the first step. */
  static final Progress START = new Progress(0, 0, 0, 0, 0, List.of(), List.of());

  Progress {
    results = List.copyOf(results);
    timings = List.copyOf(timings);
    if (epoch < 0
        || batch < 0
        || pictures < 0
        || right < 0
        || right > pictures
        || results.size() != epoch
        || timings.size() != epoch
        || !Double.isFinite(lossSum)) {
      throw new IllegalArgumentException("contradicts itself");
    }
  }
}
