package io.github.cvt4j.train;

/**
 * Keeps gradients inside the range of half: the loss is multiplied by a factor, which halves when a
 * gradient overflows and doubles after {@value #INTERVAL} steps without (Micikevicius et al. 2018,
 * arXiv 1710.03740; numbers as in PyTorch's GradScaler). The factor is a power of two, so that
 * dividing by it afterwards is exact.
 */
final class LossScaler {

  /**
   * What it remembers.
   *
   * @param scale the factor, at least 1
   * @param good steps since it last changed
   */
  record State(double scale, int good) {

    /** For types whose range needs no help. */
    static final State NONE = new State(1, 0);

    static final State INITIAL = new State(65_536, 0);

    State {
      if (!(scale >= 1 && scale < Double.POSITIVE_INFINITY) || good < 0) {
        throw new IllegalArgumentException("contradicts itself");
      }
    }
  }

  static final int INTERVAL = 2000;

  private final boolean enabled;
  private State state;

  LossScaler(boolean enabled) {
    this.enabled = enabled;
    state = enabled ? State.INITIAL : State.NONE;
  }

  double scale() {
    return state.scale();
  }

  State state() {
    return state;
  }

  void load(State saved) {
    state = saved;
  }

  /** Counts a step whose gradients were finite. */
  void succeeded() {
    if (enabled) {
      state =
          state.good() + 1 == INTERVAL
              ? new State(2 * state.scale(), 0)
              : new State(state.scale(), state.good() + 1);
    }
  }

  /** Makes room after an overflow; false if there is none left, so that something else is wrong. */
  boolean overflowed() {
    if (state.scale() < 2) {
      return false;
    }
    state = new State(state.scale() / 2, 0);
    return true;
  }
}
