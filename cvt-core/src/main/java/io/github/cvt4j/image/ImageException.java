package io.github.cvt4j.image;

import io.github.cvt4j.InvalidInputException;

/** A picture that cannot be decoded or is larger than is allowed. */
public final class ImageException extends InvalidInputException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: which picture, what is wrong, what was expected
   */
  public ImageException(String message) {
    super(message);
  }

  /**
   * @param message one line: which picture, what is wrong, what was expected
   * @param cause what the decoder said
   */
  public ImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
