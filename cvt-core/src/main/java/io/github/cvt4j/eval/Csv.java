package io.github.cvt4j.eval;

/** Fields of comma-separated values (RFC 4180). */
final class Csv {

  private Csv() {}

  /** In quotes where it must be. */
  static String field(String text) {
    return text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
        ? '"' + text.replace("\"", "\"\"") + '"'
        : text;
  }
}
