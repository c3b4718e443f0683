package io.github.cvt4j.spec;

import io.github.cvt4j.InvalidInputException;

/** A model, preprocessing or experiment description that cannot be built; names stage and field. */
public final class SpecException extends InvalidInputException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: the offending value, where it stands, what is allowed
   */
  public SpecException(String message) {
    super(message);
  }

  /**
   * @param message one line: the offending value, where it stands, what is allowed
   * @param cause what noticed it
   */
  public SpecException(String message, Throwable cause) {
    super(message, cause);
  }
}
