package io.github.cvt4j.data;

import io.github.cvt4j.image.Box;
import io.github.cvt4j.spec.Size;

/**
 * What stays of a picture that is mixed with another; the rest is the other's.
 *
 * @param own part of the picture that is its own, and of the target that is its class's
 * @param cut the rectangle that is the other's, or null where both are added up
 */
record Share(double own, Box cut) {

  static final Share WHOLE = new Share(1, null);

  static Share sum(double own) {
    return new Share(own, null);
  }

  /** A rectangle given by its edges and clipped to the picture; its true area counts. */
  static Share cut(Size size, int top, int bottom, int left, int right) {
    int first = Math.max(0, left);
    int upper = Math.max(0, top);
    int width = Math.min(size.width(), right) - first;
    int height = Math.min(size.height(), bottom) - upper;
    if (width <= 0 || height <= 0) {
      return WHOLE;
    }
    double own = 1 - (double) (width * height) / (size.height() * size.width());
    return new Share(own, new Box(upper, first, height, width));
  }

  /**
   * A rectangle of the picture's proportions around a point; inside the picture it would leave
   * {@code own} of it (timm's rand_bbox).
   */
  static Share around(Size size, double own, int y, int x) {
    double side = Math.sqrt(1 - own);
    int halfHeight = (int) (size.height() * side) / 2;
    int halfWidth = (int) (size.width() * side) / 2;
    return cut(size, y - halfHeight, y + halfHeight, x - halfWidth, x + halfWidth);
  }

  /** Whether nothing is mixed. */
  boolean whole() {
    return own == 1;
  }
}
