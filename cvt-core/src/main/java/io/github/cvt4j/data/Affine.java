package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Pillow's affine {@code Image.transform}, byte for byte: the middle of the result's pixel (x, y)
 * is read at (a x + b y + c, d x + e y + f) of the source. Where that is outside, the fill colour
 * shows; neighbours outside are those at the edge. Unlike a resize it does not widen its kernel,
 * its cubic has a = -1, and it cuts fractions off (Geometry.c).
 */
record Affine(double a, double b, double c, double d, double e, double f) {

  static Affine shearX(double factor) {
    return new Affine(1, factor, 0, 0, 1, 0);
  }

  static Affine shearY(double factor) {
    return new Affine(1, 0, 0, factor, 1, 0);
  }

  static Affine translate(double right, double down) {
    return new Affine(1, 0, right, 0, 1, down);
  }

  /** Counter-clockwise around the middle of a picture, with the roundings of {@code rotate}. */
  static Affine rotate(double degrees, int height, int width) {
    double turn = degrees % 360;
    double angle = -(turn < 0 ? turn + 360 : turn) * (Math.PI / 180);
    double cos = round(Math.cos(angle));
    double sin = round(Math.sin(angle));
    double x = width / 2.0;
    double y = height / 2.0;
    return new Affine(
        cos, sin, cos * -x + sin * -y + 0.0 + x, -sin, cos, -sin * -x + cos * -y + 0.0 + y);
  }

  private static double round(double value) {
    return new BigDecimal(value).setScale(15, RoundingMode.HALF_EVEN).doubleValue();
  }

  RgbImage apply(RgbImage image, Interpolation kernel, Rgb fill) {
    Sampler sampler = new Sampler(image, kernel, fill);
    int o = 0;
    for (int y = 0; y < image.height(); y++) {
      double down = y + 0.5;
      for (int x = 0; x < image.width(); x++, o += 3) {
        double right = x + 0.5;
        sampler.read(a * right + b * down + c, d * right + e * down + f, o);
      }
    }
    return sampler.result();
  }

  /** Reads between pixels. */
  private static final class Sampler {

    private final byte[] from;
    private final byte[] to;
    private final int height;
    private final int width;
    private final boolean cubic;
    private final Rgb fill;

    Sampler(RgbImage image, Interpolation kernel, Rgb fill) {
      this.from = image.pixels();
      this.to = new byte[from.length];
      this.height = image.height();
      this.width = image.width();
      this.cubic = kernel == Interpolation.BICUBIC;
      this.fill = fill;
    }

    RgbImage result() {
      return new RgbImage(height, width, to);
    }

    void read(double x, double y, int o) {
      if (!(x >= 0 && x < width && y >= 0 && y < height)) {
        to[o] = (byte) fill.red();
        to[o + 1] = (byte) fill.green();
        to[o + 2] = (byte) fill.blue();
        return;
      }
      int column = (int) Math.floor(x - 0.5);
      int row = (int) Math.floor(y - 0.5);
      double dx = x - 0.5 - column;
      double dy = y - 0.5 - row;
      if (cubic) {
        cubic(column, row, dx, dy, o);
      } else {
        linear(column, row, dx, dy, o);
      }
    }

    private void linear(int column, int row, double dx, double dy, int o) {
      int left = column(column);
      int right = column(column + 1);
      int upper = row(row);
      int lower = row(row + 1);
      for (int channel = 0; channel < 3; channel++) {
        double above = between(value(upper + left + channel), value(upper + right + channel), dx);
        double below = between(value(lower + left + channel), value(lower + right + channel), dx);
        to[o + channel] = (byte) (int) between(above, below, dy);
      }
    }

    private static double between(double from, double to, double at) {
      return from + (to - from) * at;
    }

    private void cubic(int column, int row, double dx, double dy, int o) {
      int x0 = column(column - 1);
      int x1 = column(column);
      int x2 = column(column + 1);
      int x3 = column(column + 2);
      int upper = row(row);
      for (int channel = 0; channel < 3; channel++) {
        double value;
        if (dy == 0) { // a shear or shift to the side: the other rows have no weight
          value = across(upper + channel, x0, x1, x2, x3, dx);
        } else if (dx == 0) { // up or down: nor have the other columns
          value =
              cubic(
                  value(row(row - 1) + x1 + channel),
                  value(upper + x1 + channel),
                  value(row(row + 1) + x1 + channel),
                  value(row(row + 2) + x1 + channel),
                  dy);
        } else {
          value =
              cubic(
                  across(row(row - 1) + channel, x0, x1, x2, x3, dx),
                  across(upper + channel, x0, x1, x2, x3, dx),
                  across(row(row + 1) + channel, x0, x1, x2, x3, dx),
                  across(row(row + 2) + channel, x0, x1, x2, x3, dx),
                  dy);
        }
        to[o + channel] = (byte) Math.max(0, Math.min(255, (int) value));
      }
    }

    private double across(int row, int x0, int x1, int x2, int x3, double dx) {
      return cubic(value(row + x0), value(row + x1), value(row + x2), value(row + x3), dx);
    }

    /** Horner's scheme in Pillow's order: a result is cut, so the last bit counts. */
    private static double cubic(double v1, double v2, double v3, double v4, double at) {
      double p2 = -v1 + v3;
      double p3 = 2 * (v1 - v2) + v3 - v4;
      double p4 = -v1 + v2 - v3 + v4;
      return v2 + at * (p2 + at * (p3 + at * p4));
    }

    private int value(int at) {
      return from[at] & 0xff;
    }

    private int column(int x) {
      return Math.max(0, Math.min(width - 1, x)) * 3;
    }

    private int row(int y) {
      return Math.max(0, Math.min(height - 1, y)) * width * 3;
    }
  }
}
