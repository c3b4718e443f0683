package io.github.cvt4j.data;

import io.github.cvt4j.InvalidInputException;

/** A data set that cannot be used: missing, empty, damaged, or not laid out as expected. */
public final class DataException extends InvalidInputException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: which folder or file, what is wrong, what was expected
   */
  public DataException(String message) {
    super(message);
  }

  /**
   * @param message one line: which folder or file, what is wrong, what was expected
   * @param cause what noticed it
   */
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
