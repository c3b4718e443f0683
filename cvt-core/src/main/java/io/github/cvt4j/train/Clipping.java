package io.github.cvt4j.train;

import io.github.cvt4j.spec.SpecException;

/**
 * A limit on gradients.
 *
 * @param limit of what the mode says; 0 for none
 */
public record Clipping(Mode mode, double limit) {

  /** No limit. */
  public static final Clipping NONE = new Clipping(Mode.NORM, 0);

  /** What is limited. */
  public enum Mode {
    /** The joint L2 norm of all gradients. */
    NORM,
    /** The absolute value of each. */
    VALUE,
    /**
     * Each row's norm over that of the weights that it moves (adaptive gradient clipping, Brock et
     * al. 2021, arXiv 2102.06171); the head is left alone.
     */
    AGC
  }

  public Clipping {
    if (!(limit >= 0 && limit < Double.POSITIVE_INFINITY)) {
      throw new SpecException("gradient limit " + limit + ": expected 0 (none) or more");
    }
  }
}
