package io.github.cvt4j.train;

import java.util.List;
import java.util.Optional;

/**
 * How a run ended.
 *
 * @param results of all finished epochs, those before resuming included
 * @param timings of the same epochs
 * @param stopped whether {@link Trainer#stop} ended it early; it can be resumed then
 */
public record TrainReport(List<EpochResult> results, List<EpochTiming> timings, boolean stopped) {

  public TrainReport {
    results = List.copyOf(results);
    timings = List.copyOf(timings);
  }

  /** The epoch whose weights are in {@code best.safetensors}; empty before the first validation. */
  public Optional<EpochResult> best() {
    return results.stream()
        .filter(result -> result.best().isPresent())
        .reduce((best, next) -> next.beats(best) ? next : best);
  }
}
