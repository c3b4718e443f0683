package io.github.cvt4j.serve;

import io.github.cvt4j.InvalidInputException;

/** Tells of settings that make no sense. */
final class Bounds {

  private Bounds() {}

  static void check(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new InvalidInputException(
          "%s %d: expected %d to %d".formatted(what, value, least, most));
    }
  }
}
