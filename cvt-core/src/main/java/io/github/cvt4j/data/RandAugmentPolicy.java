package io.github.cvt4j.data;

import io.github.cvt4j.spec.SpecException;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How strong a {@link RandAugment} is.
 *
 * @param magnitude strength of the operations; from 10 on all are at their strongest
 * @param noise standard deviation of the magnitude
 * @param layers operations drawn for each picture
 * @param increasing whether every operation gets stronger with the magnitude
 * @param weighted whether operations are drawn by timm's weights 0, none of them twice, instead of
 *     evenly
 */
public record RandAugmentPolicy(
    int magnitude, double noise, int layers, boolean increasing, boolean weighted) {

  private static final int MAX_MAGNITUDE = 100;
  private static final int MAX_LAYERS = 13; // so many operations have a weight
  private static final Pattern PART = Pattern.compile("([a-z]+)(\\d{1,9}(?:\\.\\d{1,9})?)");

  private static final String EXPECTED =
      "expected rand, then any of -m0 to -m%d (magnitude), -mstd0 to -mstd%d (its noise), -n1 to -n%d"
              .formatted(MAX_MAGNITUDE, MAX_MAGNITUDE, MAX_LAYERS)
          + " (operations), -inc0 or -inc1 (all grow with it), -w0 (weighted), as in"
          + " rand-m9-mstd0.5-inc1";

  public RandAugmentPolicy {
    if (magnitude < 0 || magnitude > MAX_MAGNITUDE) {
      throw new SpecException(
          "RandAugment's magnitude %d: expected 0 to %d".formatted(magnitude, MAX_MAGNITUDE));
    }
    if (!(noise >= 0 && noise <= MAX_MAGNITUDE)) {
      throw new SpecException(
          "RandAugment's noise %s: expected 0 to %d".formatted(noise, MAX_MAGNITUDE));
    }
    if (layers < 1 || layers > MAX_LAYERS) {
      throw new SpecException(
          "RandAugment's layers %d: expected 1 to %d".formatted(layers, MAX_LAYERS));
    }
  }

  /**
   * Reads timm's notation, such as {@code rand-m9-mstd0.5-inc1}. What it leaves out is {@code m10},
   * {@code mstd0}, {@code n2}, {@code inc0}, and no weights.
   *
   * @throws SpecException naming the part that is not of the notation, and what is
   */
  public static RandAugmentPolicy parse(String text) {
    String[] parts = text.split("-", -1);
    if (!parts[0].equals("rand")) {
      throw wrong(text, parts[0]);
    }
    int magnitude = 10;
    double noise = 0;
    int layers = 2;
    boolean increasing = false;
    boolean weighted = false;
    Set<String> seen = new HashSet<>();
    for (int i = 1; i < parts.length; i++) {
      Matcher part = PART.matcher(parts[i]);
      if (!part.matches() || !seen.add(part.group(1))) {
        throw wrong(text, parts[i]);
      }
      double value = Double.parseDouble(part.group(2));
      switch (part.group(1)) {
        case "m" -> magnitude = whole(value, MAX_MAGNITUDE, text, parts[i]);
        case "n" -> layers = whole(value, MAX_LAYERS, text, parts[i]);
        case "inc" -> increasing = whole(value, 1, text, parts[i]) == 1;
        case "w" -> weighted = whole(value, 0, text, parts[i]) == 0;
        case "mstd" -> noise = value;
        default -> throw wrong(text, parts[i]);
      }
    }
    return new RandAugmentPolicy(magnitude, noise, layers, increasing, weighted);
  }

  private static int whole(double value, int most, String text, String part) {
    if (value != Math.rint(value) || value > most) {
      throw wrong(text, part);
    }
    return (int) value;
  }

  private static SpecException wrong(String text, String part) {
    return new SpecException("'%s' in '%s': %s".formatted(shown(part), shown(text), EXPECTED));
  }

  /** A stranger's text on one line of limited length. */
  private static String shown(String text) {
    String cut = text.length() > 40 ? text.substring(0, 40) + "..." : text;
    return cut.replaceAll("\\p{Cntrl}|\\R", "?");
  }
}
