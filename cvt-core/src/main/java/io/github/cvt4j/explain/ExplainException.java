package io.github.cvt4j.explain;

import io.github.cvt4j.InvalidInputException;

/** A question that the model has no answer to. */
public final class ExplainException extends InvalidInputException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what was asked and what can be
   */
  public ExplainException(String message) {
    super(message);
  }
}
