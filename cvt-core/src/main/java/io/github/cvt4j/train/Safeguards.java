package io.github.cvt4j.train;

import io.github.cvt4j.spec.SpecException;
import java.util.Objects;

/**
 * What a run does against losing work.
 *
 * @param saving what it writes, and when
 * @param divergence what it does when loss or gradients stop being finite
 */
public record Safeguards(Saving saving, Divergence divergence) {

  /** The state after every epoch and every ten minutes; a divergence ends the run. */
  public static final Safeguards USUAL =
      new Safeguards(new Saving(0, 10, false, 0), new Divergence(Divergence.Action.STOP, 3, 0.5));

  public Safeguards {
    Objects.requireNonNull(saving);
    Objects.requireNonNull(divergence);
  }

  /**
   * What is written beside what every epoch writes.
   *
   * @param everySteps updates between saved states inside an epoch; 0 for none
   * @param everyMinutes the same in minutes
   * @param allEpochs whether each epoch's weights are kept under a name of their own
   * @param keep epochs whose weights are kept then, the latest ones; 0 for all
   */
  public record Saving(int everySteps, double everyMinutes, boolean allEpochs, int keep) {

    public Saving {
      if (everySteps < 0 || !(everyMinutes >= 0) || keep < 0) {
        throw new SpecException(
            "saving every %d steps or %s minutes, keeping %d epochs: expected 0 or more"
                .formatted(everySteps, everyMinutes, keep));
      }
    }

    /** Whether a state is to be written now. */
    boolean due(long steps, long nanosSinceLast) {
      return (everySteps > 0 && steps % everySteps == 0)
          || (everyMinutes > 0 && nanosSinceLast * 1e-9 >= 60 * everyMinutes);
    }
  }

  /**
   * What happens when loss or gradients stop being finite.
   *
   * @param action what to do
   * @param limit rollbacks in a run, after which it stops
   * @param rateFactor each rollback multiplies the learning rate by it, in (0, 1]
   */
  public record Divergence(Action action, int limit, double rateFactor) {

    public Divergence {
      Objects.requireNonNull(action);
      if (limit < 0) {
        throw new SpecException("rollbacks " + limit + ": expected 0 or more");
      }
      if (!(rateFactor > 0 && rateFactor <= 1)) {
        throw new SpecException(
            "rate after a rollback " + rateFactor + ": expected above 0 and at most 1");
      }
    }

    /** What can be done. */
    public enum Action {
      /** The run ends; what was saved stays. */
      STOP,
      /** It goes on from the last saved state at a lower rate. */
      ROLLBACK
    }
  }
}
