package io.github.cvt4j.image;

/**
 * A rectangle on a picture, in its pixels and parts of them, from its upper left corner; it may
 * reach beyond the picture.
 *
 * @param x left border
 * @param y upper border
 * @param width above 0
 * @param height above 0
 */
public record Area(double x, double y, double width, double height) {

  public Area {
    if (!(Double.isFinite(x) && Double.isFinite(y) && width > 0 && height > 0)) {
      throw new IllegalArgumentException(
          "area %s x %s at %s, %s: expected positive sizes".formatted(width, height, x, y));
    }
  }

  /** This rectangle after {@code from}, which it is measured against, was brought to {@code to}. */
  public Area within(Area from, Area to) {
    double across = to.width / from.width;
    double down = to.height / from.height;
    return new Area(
        to.x + (x - from.x) * across, to.y + (y - from.y) * down, width * across, height * down);
  }
}
