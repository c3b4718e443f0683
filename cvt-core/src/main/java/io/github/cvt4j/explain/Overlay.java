package io.github.cvt4j.explain;

import io.github.cvt4j.image.Area;
import io.github.cvt4j.spec.Size;

/**
 * An answer: a grid of values, or of colours, and where it lies on the picture.
 *
 * @param question what was asked, nothing left open
 * @param grid its height and width
 * @param area what the grid's cells cover, in pixels of the picture; each cell is around the centre
 *     of what it was computed from. Strided convolutions let a grid begin and end early, so it
 *     reaches beyond the upper left of what the network saw and stops short of the lower right
 * @param values row-major [h, w], for colours [h, w, 3]
 */
@SuppressWarnings("ArrayRecordComponent") // a value made of one array; equality is not asked
public record Overlay(Question question, Size grid, Area area, float[] values) {

  /** 3 for colours, otherwise 1. */
  public int channels() {
    return Math.toIntExact(values.length / grid.area());
  }

  /**
   * Values between the cells' centres, bilinearly; beyond the outermost centres they stay the same.
   *
   * @param part of the picture
   * @param size of the result
   * @return [height, width, channels]: the part, in as many pixels
   */
  public float[] over(Area part, Size size) {
    int channels = channels();
    float[] result = new float[Math.toIntExact(Math.multiplyExact(size.area(), channels))];
    double[] columns = places(part.x(), part.width(), size.width(), area.x(), cellWidth());
    double[] rows = places(part.y(), part.height(), size.height(), area.y(), cellHeight());
    int at = 0;
    for (double row : rows) {
      for (double column : columns) {
        for (int c = 0; c < channels; c++) {
          result[at++] = between(row, column, c, channels);
        }
      }
    }
    return result;
  }

  private double cellWidth() {
    return area.width() / grid.width();
  }

  private double cellHeight() {
    return area.height() / grid.height();
  }

  /** Where the centres of pixels lie, in cells from the centre of the first. */
  private static double[] places(
      double from, double length, int count, double origin, double cell) {
    double[] places = new double[count];
    for (int i = 0; i < count; i++) {
      places[i] = (from + (i + 0.5) * length / count - origin) / cell - 0.5;
    }
    return places;
  }

  private float between(double row, double column, int channel, int channels) {
    int top = clamp(Math.floor(row), grid.height());
    int bottom = clamp(Math.floor(row) + 1, grid.height());
    int left = clamp(Math.floor(column), grid.width());
    int right = clamp(Math.floor(column) + 1, grid.width());
    double down = row - Math.floor(row);
    double across = column - Math.floor(column);
    double upper =
        value(top, left, channel, channels) * (1 - across)
            + value(top, right, channel, channels) * across;
    double lower =
        value(bottom, left, channel, channels) * (1 - across)
            + value(bottom, right, channel, channels) * across;
    return (float) (upper * (1 - down) + lower * down);
  }

  private static int clamp(double cell, int cells) {
    return (int) Math.max(0, Math.min(cells - 1, cell));
  }

  private double value(int row, int column, int channel, int channels) {
    return values[(row * grid.width() + column) * channels + channel];
  }
}
