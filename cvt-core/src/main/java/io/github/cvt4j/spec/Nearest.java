package io.github.cvt4j.spec;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds what a mistyped name was meant to be, for error messages. */
public final class Nearest {

  /** Longer input is not a slip of the fingers, and comparing it would take long. */
  private static final int MAX_LENGTH = 128;

  private Nearest() {}

  /**
   * The known name with the smallest edit distance (insertions, deletions, replacements; upper and
   * lower case are the same); the first of equals.
   *
   * @return empty if nothing is known or the name has more than 128 characters
   */
  public static Optional<String> of(String name, Collection<String> known) {
    if (name.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String best = null;
    int least = Integer.MAX_VALUE;
    for (String candidate : known) {
      int distance = distance(name, candidate);
      if (distance < least) {
        least = distance;
        best = candidate;
      }
    }
    return Optional.ofNullable(best);
  }

  /**
   * The nearest name if it is near enough to be what was meant: at most half of it differs.
   *
   * @return empty if nothing is
   */
  public static Optional<String> likely(String name, Collection<String> known) {
    return of(name, known).filter(best -> 2 * distance(name, best) <= best.length());
  }

  /** Levenshtein's distance, one row at a time. */
  private static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
