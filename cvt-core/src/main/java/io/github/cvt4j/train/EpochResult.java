package io.github.cvt4j.train;

import io.github.cvt4j.eval.Metrics;
import java.util.Objects;

/**
 * What an epoch came to. The same settings, data, seed and threads give the same figures, whether
 * the run was interrupted or not.
 *
 * @param epoch from 1
 * @param rate learning rate of the last step
 * @param trainLoss mean of the steps' losses, each before its update
 * @param trainTop1 share of augmented training pictures classified rightly on the way, 0 to 1
 * @param validation after the epoch
 */
public record EpochResult(
    int epoch, double rate, double trainLoss, double trainTop1, Metrics validation) {

  public EpochResult {
    Objects.requireNonNull(validation);
  }

  /** Whether this is the better model: by top-1, then by the validation's loss. */
  boolean beats(EpochResult other) {
    int byTop1 = Double.compare(validation.top1(), other.validation.top1());
    return byTop1 > 0 || (byTop1 == 0 && validation.loss() < other.validation.loss());
  }
}
