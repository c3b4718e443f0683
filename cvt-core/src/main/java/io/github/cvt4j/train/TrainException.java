package io.github.cvt4j.train;

import io.github.cvt4j.InvalidInputException;

/** A training run that cannot start, go on or be saved as it was asked for. */
public sealed class TrainException extends InvalidInputException permits DivergedException {

  private static final long serialVersionUID = 1L;

  /**
   * Without a cause.
   *
   * @param message one line: what, where, what would help
   */
  public TrainException(String message) {
    super(message);
  }

  /**
   * With what noticed it.
   *
   * @param message one line: what, where, what would help
   * @param cause what noticed it
   */
  public TrainException(String message, Throwable cause) {
    super(message, cause);
  }
}
