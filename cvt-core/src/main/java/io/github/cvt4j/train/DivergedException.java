package io.github.cvt4j.train;

/** The loss, a gradient or a weight stopped being a finite number. */
public final class DivergedException extends TrainException {

  private static final long serialVersionUID = 1;

  DivergedException(String message) {
    super(message);
  }
}
