package io.github.cvt4j.onnx;

import io.github.cvt4j.InvalidInputException;

/** A model that cannot be written as ONNX. */
public final class OnnxException extends InvalidInputException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what, where, what was expected
   */
  public OnnxException(String message) {
    super(message);
  }

  /**
   * @param message one line: what, where, what was expected
   * @param cause what noticed it
   */
  public OnnxException(String message, Throwable cause) {
    super(message, cause);
  }
}
