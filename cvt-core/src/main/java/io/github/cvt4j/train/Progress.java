package io.github.cvt4j.train;

import java.util.List;
import java.util.Objects;

/**
 * How far a run is.
 *
 * @param begin the run's first epoch, from 0
 * @param epoch the one that is next or under way, from 0
 * @param batch of this epoch, the next one to train on; the number of batches if only validation is
 *     left
 * @param sums of this epoch
 * @param rollbacks so far
 * @param scaler of the loss
 * @param results of the epochs before
 * @param timings of the epochs before
 */
record Progress(
    int begin,
    int epoch,
    int batch,
    EpochSums sums,
    int rollbacks,
    LossScaler.State scaler,
    List<EpochResult> results,
    List<EpochTiming> timings) {

  Progress {
    Objects.requireNonNull(sums);
    Objects.requireNonNull(scaler);
    results = List.copyOf(results);
    timings = List.copyOf(timings);
    if (begin < 0
        || batch < 0
        || rollbacks < 0
        || results.size() != epoch - begin
        || timings.size() != epoch - begin) {
      throw new IllegalArgumentException("contradicts itself");
    }
  }
}
