package io.github.cvt4j.eval;

import io.github.cvt4j.InvalidInputException;

/** A model cannot be judged so: classes that do not fit, or a file of labels that is damaged. */
public final class EvalException extends InvalidInputException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what does not fit, where, what was expected
   */
  public EvalException(String message) {
    super(message);
  }

  /**
   * @param message one line: what does not fit, where, what was expected
   * @param cause what noticed it
   */
  public EvalException(String message, Throwable cause) {
    super(message, cause);
  }
}
