package io.github.cvt4j.tensor;

import io.github.cvt4j.InvalidInputException;

/** There are no natives for this machine on the class path, or they do not load on it. */
public final class UnsupportedPlatformException extends InvalidInputException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: the platform, what is missing, where it can be had
   * @param cause the linker's complaint, or null
   */
  public UnsupportedPlatformException(String message, Throwable cause) {
    super(message, cause);
  }
}
