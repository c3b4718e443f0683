package io.github.cvt4j.weights;

import io.github.cvt4j.InvalidInputException;

/** A checkpoint that is damaged, hostile, of an unknown format or of another model. */
public final class CheckpointException extends InvalidInputException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line (a list of differing keys may follow): what, where, what was expected
   */
  public CheckpointException(String message) {
    super(message);
  }

  /**
   * @param message one line: what, where, what was expected
   * @param cause what noticed it
   */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
