package io.github.cvt4j.data;

import java.util.Locale;

/** The classes of {@link Shapes}: figures inside the unit circle, x to the right and y down. */
enum Shape {
  CIRCLE((x, y) -> disc(x, y, 0.85)),
  RING((x, y) -> disc(x, y, 0.95) && !disc(x, y, 0.55)),
  SQUARE((x, y) -> box(x, y, 0.7, 0.7)),
  TRIANGLE((x, y) -> y <= 0.5 && Math.abs(x) * Math.sqrt(3) - y <= 1),
  STAR(Shape::star),
  CROSS((x, y) -> box(x, y, 0.95, 0.3) || box(x, y, 0.3, 0.95)),
  CRESCENT((x, y) -> disc(x, y, 0.95) && !disc(x - 0.45, y, 0.75)),
  HEART((x, y) -> heart(1.27 * x, 0.2 - 1.27 * y)),
  ARROW((x, y) -> box(x + 0.45, y, 0.5, 0.2) || (x >= 0 && x + Math.abs(y) <= 0.95)),
  HOURGLASS((x, y) -> Math.abs(y) <= 0.8 && Math.abs(x) <= 0.05 + 0.7 * Math.abs(y));

  /** A set of points of the plane. */
  private interface Region {
    boolean contains(double x, double y);
  }

  @SuppressWarnings("ImmutableEnumChecker") // functions without state
  private final Region region;

  Shape(Region region) {
    this.region = region;
  }

  boolean contains(double x, double y) {
    return region.contains(x, y);
  }

  /** The class name: lower case. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static boolean disc(double x, double y, double radius) {
    return x * x + y * y <= radius * radius;
  }

  private static boolean box(double x, double y, double halfWidth, double halfHeight) {
    return Math.abs(x) <= halfWidth && Math.abs(y) <= halfHeight;
  }

  /** {@code (x^2 + y^2 - 1)^3 <= x^2 y^3}, y up. */
  private static boolean heart(double x, double y) {
    double round = x * x + y * y - 1;
    return round * round * round <= x * x * y * y * y;
  }

  /** A pentagram: inside at least four of the five half-planes of its lines. */
  private static boolean star(double x, double y) {
    int inside = 0;
    for (int i = 0; i < 5; i++) {
      if (x * STAR_X[i] + y * STAR_Y[i] <= STAR_LINE) {
        inside++;
      }
    }
    return inside >= 4;
  }

  /** Normals of the five lines, a fifth of a turn apart, the first one down. */
  private static final double[] STAR_X = {
    0, 0.9510565162951535, 0.5877852522924731, -0.5877852522924731, -0.9510565162951535
  };

  private static final double[] STAR_Y = {
    1, 0.30901699437494745, -0.8090169943749475, -0.8090169943749475, 0.30901699437494745
  };

  /** Their distance from the centre: cos 72 degrees puts the points on the unit circle. */
  private static final double STAR_LINE = 0.30901699437494745;
}
