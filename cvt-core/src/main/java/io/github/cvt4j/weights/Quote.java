package io.github.cvt4j.weights;

/** Text of a stranger's file inside our one-line messages. */
final class Quote {

  private static final int MAX_LENGTH = 100;

  private Quote() {}

  /** The text in quotes, cut to a readable length, with control characters made visible. */
  static String of(String text) {
    StringBuilder quoted = new StringBuilder("'");
    int length = Math.min(text.length(), MAX_LENGTH);
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      boolean plain = !Character.isISOControl(c) && c != '\u2028' && c != '\u2029';
      quoted.append(plain ? c : '\ufffd');
    }
    return quoted.append(length < text.length() ? "...'" : "'").toString();
  }
}
