package io.github.cvt4j.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A program's settings, some of them changed by words {@code KEY=VALUE}. */
final class Settings {

  private Settings() {}

  /**
   * The settings after the changes.
   *
   * @param usual every setting with its value
   * @throws IllegalArgumentException if a word is none of these
   */
  static Map<String, String> of(Map<String, String> usual, List<String> words) {
    Map<String, String> settings = new TreeMap<>(usual);
    for (String word : words) {
      String[] pair = word.split("=", 2);
      if (pair.length < 2 || settings.replace(pair[0], pair[1]) == null) {
        throw new IllegalArgumentException(word + ": expected one of " + settings);
      }
    }
    return settings;
  }
}
