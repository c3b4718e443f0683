package io.github.cvt4j.train;

import io.github.cvt4j.eval.Metrics;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What an epoch came to. The same settings, data, seed and threads give the same figures, whether
 * the run was interrupted or not.
 *
 * @param epoch from 1
 * @param rate learning rate of the last step
 * @param trainLoss mean of the steps' losses, each before its update
 * @param trainTop1 share of augmented training pictures classified rightly on the way, 0 to 1; of
 *     mixed pictures, by their labels before mixing
 * @param validations after the epoch, one for each kind of weights that was validated; empty if the
 *     epoch ended without
 */
public record EpochResult(
    int epoch, double rate, double trainLoss, double trainTop1, List<Validation> validations) {

  private static final Metrics NOT_VALIDATED = new Metrics(0, Double.NaN, Double.NaN, Double.NaN);

  public EpochResult {
    validations = List.copyOf(validations);
  }

  /** Kinds of weights that a run has. */
  public enum Weights {
    /** The trained ones. */
    RAW,
    /** Their moving average. */
    EMA
  }

  /**
   * How well weights do on the validation pictures.
   *
   * @param weights which
   * @param metrics theirs
   */
  public record Validation(Weights weights, Metrics metrics) {

    public Validation {
      Objects.requireNonNull(weights);
      Objects.requireNonNull(metrics);
    }

    /** Whether these are the better weights: by top-1, then by loss. */
    boolean beats(Validation other) {
      int byTop1 = Double.compare(metrics.top1(), other.metrics.top1());
      return byTop1 > 0 || (byTop1 == 0 && metrics.loss() < other.metrics.loss());
    }
  }

  /** The better of the validated weights; empty if the epoch ended without validation. */
  public Optional<Validation> best() {
    return validations.stream().reduce((best, next) -> next.beats(best) ? next : best);
  }

  /** The figures of {@link #best}; without validation all of them are NaN and the count is 0. */
  public Metrics validation() {
    return best().map(Validation::metrics).orElse(NOT_VALIDATED);
  }

  /** The figures of one kind of weights; empty if they were not validated. */
  public Optional<Metrics> validation(Weights weights) {
    return validations.stream()
        .filter(validation -> validation.weights() == weights)
        .map(Validation::metrics)
        .findFirst();
  }

  /** Whether this epoch's best weights are better than those of another; than none, they are. */
  boolean beats(EpochResult other) {
    return best().isPresent() && (other.best().isEmpty() || best().get().beats(other.best().get()));
  }
}
