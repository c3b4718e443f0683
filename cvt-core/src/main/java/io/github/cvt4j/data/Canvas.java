package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import java.util.SplittableRandom;

/**
 * Draws on a square of colours, anti-aliased. Written out rather than left to Java 2D, whose
 * rasteriser may differ between platforms. Coordinates run from 0 to 1 over the square's side.
 */
final class Canvas {

  /** What {@link #coverage} measures; coordinates as it sets them. */
  @FunctionalInterface
  interface Region {
    boolean contains(double x, double y);
  }

  /** Samples per pixel and axis. */
  private static final int SAMPLES = 4;

  private final int side;
  private final float[] colours;

  Canvas(int side) {
    this.side = side;
    this.colours = new float[side * side * 3];
  }

  /** Covers everything with a change of colour from one border to the other, in a direction. */
  void gradient(double angle, int[] from, int[] to) {
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        // The corners lie at most sqrt(2) / 2 from the centre.
        double along = ((at(column) - 0.5) * cos + (at(row) - 0.5) * sin) / Math.sqrt(2);
        blend(row, column, 1, from);
        blend(row, column, along + 0.5, to);
      }
    }
  }

  /** A straight line across everything, at a distance from the centre. */
  void line(double angle, double distance, double halfWidth, int[] colour) {
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        double off = Math.abs((at(column) - 0.5) * cos + (at(row) - 0.5) * sin - distance);
        double coverage = (halfWidth - off) * side + 0.5;
        blend(row, column, Math.max(0, Math.min(1, coverage)), colour);
      }
    }
  }

  /**
   * How much of each pixel a region of the unit circle covers, placed by centre, radius and
   * rotation.
   *
   * @return 0 to 1, row-major
   */
  double[] coverage(Region region, double x, double y, double radius, double angle) {
    double cos = StrictMath.cos(angle) / radius;
    double sin = StrictMath.sin(angle) / radius;
    int top = (int) Math.max(0, (y - radius) * side);
    int bottom = (int) Math.min(side - 1, (y + radius) * side);
    int left = (int) Math.max(0, (x - radius) * side);
    int right = (int) Math.min(side - 1, (x + radius) * side);
    double step = 1.0 / (SAMPLES * side);
    double[] coverage = new double[side * side];
    for (int row = top; row <= bottom; row++) {
      for (int column = left; column <= right; column++) {
        int hits = 0;
        for (int sample = 0; sample < SAMPLES * SAMPLES; sample++) {
          double dx = (column * SAMPLES + sample % SAMPLES + 0.5) * step - x;
          double dy = (row * SAMPLES + sample / SAMPLES + 0.5) * step - y;
          if (region.contains(dx * cos + dy * sin, dy * cos - dx * sin)) {
            hits++;
          }
        }
        coverage[row * side + column] = (double) hits / (SAMPLES * SAMPLES);
      }
    }
    return coverage;
  }

  /** Paints over each pixel as far as it is covered. */
  void fill(double[] coverage, int[] colour) {
    for (int i = 0; i < coverage.length; i++) {
      blend(i / side, i % side, coverage[i], colour);
    }
  }

  /** The picture, each value shifted by up to half of {@code range} either way. */
  RgbImage withNoise(double range, SplittableRandom random) {
    byte[] pixels = new byte[colours.length];
    for (int i = 0; i < pixels.length; i++) {
      double value = colours[i] + range * (random.nextDouble() - 0.5);
      pixels[i] = (byte) Math.rint(Math.max(0, Math.min(255, value)));
    }
    return new RgbImage(side, side, pixels);
  }

  /** Centre of a row or column. */
  private double at(int cell) {
    return (cell + 0.5) / side;
  }

  private void blend(int row, int column, double weight, int[] colour) {
    int at = (row * side + column) * 3;
    for (int c = 0; c < 3; c++) {
      colours[at + c] += (float) (weight * (colour[c] - colours[at + c]));
    }
  }
}
