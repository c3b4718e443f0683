package io.github.cvt4j.tensor;

import org.bytedeco.pytorch.GradMode;

/**
 * Switches the recording of gradients off for the current thread until it closes, as inference and
 * updates of weights need it.
 */
public final class NoGrad implements AutoCloseable {

  static {
    Engine.start();
  }

  private final boolean before = GradMode.is_enabled();

  private NoGrad() {}

  /** Stops recording; nests. */
  public static NoGrad enter() {
    NoGrad guard = new NoGrad();
    GradMode.set_enabled(false);
    return guard;
  }

  /**
   * Records until it closes, whatever the caller has stopped: for a computation that is made of
   * gradients itself.
   */
  public static NoGrad lift() {
    NoGrad guard = new NoGrad();
    GradMode.set_enabled(true);
    return guard;
  }

  @Override
  public void close() {
    GradMode.set_enabled(before);
  }
}
