package io.github.cvt4j.spec;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Height and width in pixels, in this order as everywhere in the project.
 *
 * @param height rows, at least 1
 * @param width columns, at least 1
 */
public record Size(int height, int width) {

  /** Longest side that is taken: beyond it a typing mistake is likelier than an image. */
  public static final int MAX_SIDE = 16_384;

  private static final Pattern TEXT = Pattern.compile("(\\d{1,6})(?:x(\\d{1,6}))?");

  public Size {
    if (height < 1 || width < 1 || height > MAX_SIDE || width > MAX_SIDE) {
      throw new SpecException(
          "image size " + height + "x" + width + ": each side must be 1 to " + MAX_SIDE);
    }
  }

  /** A square. */
  public static Size square(int side) {
    return new Size(side, side);
  }

  /**
   * Reads {@code 224} or {@code 256x320} (height x width).
   *
   * @throws SpecException for anything else
   */
  public static Size parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new SpecException(
          "image size '" + text + "': expected one number or HEIGHTxWIDTH, as in 224 or 256x320");
    }
    int height = Integer.parseInt(matcher.group(1));
    return matcher.group(2) == null
        ? square(height)
        : new Size(height, Integer.parseInt(matcher.group(2)));
  }

  /** Height times width. */
  public long area() {
    return (long) height * width;
  }

  @Override
  public String toString() {
    return height + "x" + width;
  }
}
