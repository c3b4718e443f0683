package io.github.cvt4j.explain;

import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;

/**
 * How what belongs to the windows of a convolution is handed on to the positions under them.
 *
 * <p>A window shares among its positions inside the grid. A position that c windows overlap counts
 * for 1/c in each, so that, borders aside, what is even stays even: shared evenly, a 3x3 window at
 * stride 2 would give the positions in reach of four windows four times as much as the others.
 * Height and width are independent of each other. The shares of a window sum to 1; one that lies in
 * the padding altogether gives all to the nearest position.
 */
final class Spread {

  private final Size windows;
  private final Size positions;
  private final Axis rows;
  private final Axis columns;

  private Spread(Size windows, Size positions, int size, int stride, int padding) {
    this.windows = windows;
    this.positions = positions;
    rows = Axis.of(windows.height(), positions.height(), size, stride, padding);
    columns = Axis.of(windows.width(), positions.width(), size, stride, padding);
  }

  /** From the tokens of an embedding to the grid that it was made from. */
  static Spread of(Patch patch, Size tokens, Size from) {
    return new Spread(tokens, from, patch.size(), patch.stride(), patch.padding());
  }

  /** From keys to the tokens that they were made from. */
  static Spread of(Projection projection, Size keys, Size tokens) {
    return projection.method() == Projection.Method.LINEAR
        ? new Spread(keys, tokens, 1, 1, 0)
        : new Spread(
            keys, tokens, projection.kernel(), projection.strideKv(), projection.paddingKv());
  }

  /** [windows] to [positions], row-major; the sum stays. */
  double[] apply(double[] mass) {
    double[] wide = new double[windows.height() * positions.width()];
    for (int row = 0; row < windows.height(); row++) {
      for (int column = 0; column < windows.width(); column++) {
        columns.share(
            mass[row * windows.width() + column], column, wide, row * positions.width(), 1);
      }
    }
    double[] result = new double[positions.height() * positions.width()];
    for (int row = 0; row < windows.height(); row++) {
      for (int column = 0; column < positions.width(); column++) {
        rows.share(wide[row * positions.width() + column], row, result, column, positions.width());
      }
    }
    return result;
  }

  /**
   * One direction.
   *
   * @param first the first position of each window
   * @param shares of each window's positions
   */
  @SuppressWarnings("ArrayRecordComponent") // private tables
  private record Axis(int[] first, double[][] shares) {

    static Axis of(int windows, int positions, int size, int stride, int padding) {
      int[] first = new int[windows];
      double[][] shares = new double[windows][];
      int[] overlaps = new int[positions];
      for (int w = 0; w < windows; w++) {
        int begin = Math.max(0, Math.min(positions - 1, w * stride - padding));
        int end = Math.min(positions, w * stride - padding + size);
        first[w] = begin;
        shares[w] = new double[Math.max(1, end - begin)];
        for (int i = 0; i < shares[w].length; i++) {
          overlaps[begin + i]++;
        }
      }
      for (int w = 0; w < windows; w++) {
        double sum = 0;
        for (int i = 0; i < shares[w].length; i++) {
          sum += 1.0 / overlaps[first[w] + i];
        }
        for (int i = 0; i < shares[w].length; i++) {
          shares[w][i] = 1 / (overlaps[first[w] + i] * sum);
        }
      }
      return new Axis(first, shares);
    }

    void share(double mass, int window, double[] to, int offset, int step) {
      for (int i = 0; i < shares[window].length; i++) {
        to[offset + (first[window] + i) * step] += mass * shares[window][i];
      }
    }
  }
}
