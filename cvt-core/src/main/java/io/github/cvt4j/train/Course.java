package io.github.cvt4j.train;

import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.util.List;

/**
 * How long a run takes, and what happens when.
 *
 * @param begin the first epoch, from 0: the rates and the order of pictures start there
 * @param end the epoch before which the run ends, unless {@code steps} are given
 * @param steps updates after which the run ends, in the middle of an epoch too; 0 to count epochs.
 *     The learning rate's schedule then runs in steps
 * @param validation when there is one
 * @param sizes of training pictures over epochs, in the order of their epochs; empty for the
 *     network's throughout
 */
public record Course(int begin, int end, long steps, Validation validation, List<Resized> sizes) {

  private static final int MAX_EPOCHS = 1_000_000;

  public Course {
    sizes = List.copyOf(sizes);
    if (end < 1 || end > MAX_EPOCHS) {
      throw new SpecException("epochs " + end + ": expected 1 to " + MAX_EPOCHS);
    }
    if (begin < 0 || (steps == 0 && begin >= end)) {
      throw new SpecException(
          "first epoch %d: expected at least 0 and less than the last, %d".formatted(begin, end));
    }
    if (steps < 0) {
      throw new SpecException("training steps " + steps + ": expected 0 (count epochs) or more");
    }
    for (int i = 1; i < sizes.size(); i++) {
      if (sizes.get(i).from() <= sizes.get(i - 1).from()) {
        throw new SpecException(
            "picture sizes from epochs %d and then %d: expected later and later epochs"
                .formatted(sizes.get(i - 1).from(), sizes.get(i).from()));
      }
    }
  }

  /**
   * When a run is validated; always after its last epoch.
   *
   * @param from the first epoch, from 0, that is
   * @param every steps between validations, each at the end of the epoch that reaches their
   *     multiple; 0 for every epoch
   */
  public record Validation(int from, int every) {

    /** After every epoch. */
    public static final Validation ALWAYS = new Validation(0, 0);

    public Validation {
      if (from < 0 || every < 0) {
        throw new SpecException(
            "validation from epoch %d, every %d steps: expected 0 or more".formatted(from, every));
      }
    }
  }

  /**
   * Training pictures of another size from an epoch on.
   *
   * @param from the epoch, from 0
   * @param size of pictures, until the next entry
   */
  public record Resized(int from, Size size) {

    public Resized {
      if (from < 0) {
        throw new SpecException(
            "pictures of %s from epoch %d: expected 0 or more".formatted(size, from));
      }
    }
  }

  /** Whole epochs from the first, all alike and validated. */
  public static Course ofEpochs(int epochs) {
    return new Course(0, epochs, 0, Validation.ALWAYS, List.of());
  }

  /** Size of an epoch's training pictures. */
  Size size(int epoch, Size network) {
    Size size = network;
    for (Resized entry : sizes) {
      size = entry.from() <= epoch ? entry.size() : size;
    }
    return size;
  }

  /** Updates in the whole run, those before {@code begin} included. */
  long steps(int perEpoch) {
    return steps > 0 ? steps + (long) begin * perEpoch : (long) end * perEpoch;
  }

  /** Epochs in the whole run, a last one that is cut short included. */
  int epochs(int stepsPerEpoch) {
    return Math.toIntExact((steps(stepsPerEpoch) + stepsPerEpoch - 1) / stepsPerEpoch);
  }

  /** Whether an epoch, from 0, ends in a validation. */
  boolean validates(int epoch, int stepsPerEpoch) {
    if (epoch + 1 >= epochs(stepsPerEpoch)) {
      return true;
    }
    long step = (epoch + 1L) * stepsPerEpoch;
    int every = validation.every();
    return epoch >= validation.from()
        && (every == 0 || step / every > (step - stepsPerEpoch) / every);
  }
}
