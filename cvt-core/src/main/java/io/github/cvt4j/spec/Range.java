package io.github.cvt4j.spec;

/** Limits of fields, with the one wording for a value outside them. */
final class Range {

  private Range() {}

  static void check(String field, int value, int low, int high) {
    if (value < low || value > high) {
      throw new SpecException(field + " " + value + ": expected " + low + " to " + high);
    }
  }
}
