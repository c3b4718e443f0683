package io.github.cvt4j;

/**
 * Something that a caller, a file or a server supplied cannot be used.
 *
 * <p>The message is one line that stands on its own: what was wrong, where, and what was expected.
 * Every package throws this type or a subclass of it for bad input and nothing else does, so that
 * an application can tell the user's mistakes (the command line exits with 2) from the program's.
 */
public class InvalidInputException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what was wrong, where, what was expected
   */
  public InvalidInputException(String message) {
    super(message);
  }

  /**
   * @param message one line: what was wrong, where, what was expected
   * @param cause what noticed it, for {@code --verbose}
   */
  public InvalidInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
