package io.github.cvt4j.image;

import io.github.cvt4j.spec.Preprocess.Interpolation;
import java.util.Arrays;

/**
 * Resizing that equals Pillow's {@code Image.resize} bit for bit: antialiased, in fixed point,
 * columns first, rounded and clipped to 8 bits between the two passes.
 *
 * <p>All methods are pure and safe to call from many threads.
 */
public final class Resample {

  private static final int HALF = 1 << (Taps.FRACTION_BITS - 1);

  /** Bytes of a row that are resized together, so that what a window holds stays in the cache. */
  private static final int STRIP = 3 * 512;

  private Resample() {}

  /** The whole image brought to another size. */
  public static RgbImage resize(RgbImage in, int height, int width, Interpolation kernel) {
    return resize(in, Box.of(in), height, width, new Box(0, 0, height, width), kernel);
  }

  /**
   * A rectangle of the image brought to another size, as torchvision's {@code resized_crop}: pixels
   * outside the rectangle have no influence.
   *
   * @throws IndexOutOfBoundsException if the rectangle reaches beyond the image
   */
  public static RgbImage cropThenResize(
      RgbImage in, Box source, int height, int width, Interpolation kernel) {
    return resize(in, source, height, width, new Box(0, 0, height, width), kernel);
  }

  /**
   * The part {@code target} of what {@link #resize} to height x width would give, at the cost of
   * that part only: of a very long image no more is resized than is kept.
   *
   * @throws IndexOutOfBoundsException if the part reaches beyond height x width
   */
  public static RgbImage resizeThenCrop(
      RgbImage in, int height, int width, Box target, Interpolation kernel) {
    return resize(in, Box.of(in), height, width, target, kernel);
  }

  private static RgbImage resize(
      RgbImage in, Box source, int height, int width, Box target, Interpolation kernel) {
    checkInside(source, in.height(), in.width());
    checkInside(target, height, width);
    boolean columns = width != source.width();
    boolean rows = height != source.height();
    Taps down = Taps.of(source.height(), height, target.top(), target.height(), kernel);
    // A pass that keeps its size would copy; only the rows that the second pass reads are made.
    int firstRow = rows ? down.first() : target.top();
    int lastRow = rows ? down.end() : target.top() + target.height();
    int top = source.top() + firstRow;
    RgbImage narrow;
    if (columns) {
      Taps across = Taps.of(source.width(), width, target.left(), target.width(), kernel);
      narrow = resizeColumns(in, top, lastRow - firstRow, source.left(), across);
    } else {
      int left = source.left() + target.left();
      narrow = in.crop(top, left, lastRow - firstRow, target.width());
    }
    return rows ? resizeRows(narrow, firstRow, down) : narrow;
  }

  private static void checkInside(Box box, int height, int width) {
    java.util.Objects.checkFromIndexSize(box.top(), box.height(), height);
    java.util.Objects.checkFromIndexSize(box.left(), box.width(), width);
  }

  private static RgbImage resizeColumns(RgbImage in, int top, int rows, int left, Taps taps) {
    byte[] from = in.pixels();
    int[] start = taps.start();
    int[] count = taps.count();
    int[] weights = taps.weights();
    int width = start.length;
    byte[] to = new byte[rows * width * 3];
    int o = 0;
    for (int y = 0; y < rows; y++) {
      int row = ((top + y) * in.width() + left) * 3;
      for (int x = 0; x < width; x++) {
        int i = row + start[x] * 3;
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        int w = x * taps.stride();
        for (int end = w + count[x]; w < end; w++, i += 3) {
          int weight = weights[w];
          red += weight * (from[i] & 0xff);
          green += weight * (from[i + 1] & 0xff);
          blue += weight * (from[i + 2] & 0xff);
        }
        to[o] = clip(red);
        to[o + 1] = clip(green);
        to[o + 2] = clip(blue);
        o += 3;
      }
    }
    return new RgbImage(rows, width, to);
  }

  private static RgbImage resizeRows(RgbImage in, int firstRow, Taps taps) {
    byte[] to = new byte[taps.length() * in.width() * 3];
    for (int left = 0; left < in.width() * 3; left += STRIP) {
      resizeStrip(in, firstRow, left, Math.min(STRIP, in.width() * 3 - left), taps, to);
    }
    return new RgbImage(taps.length(), in.width(), to);
  }

  /** The second pass for some bytes of every row. */
  private static void resizeStrip(
      RgbImage in, int firstRow, int left, int bytes, Taps taps, byte[] to) {
    int stride = in.width() * 3;
    // As ints, because the compiler vectorises sums of ints but not of bytes; each row is widened
    // once and kept as long as a window can reach it.
    int[][] rows = new int[taps.stride()][bytes];
    int widened = firstRow;
    int[] sums = new int[bytes];
    for (int y = 0; y < taps.length(); y++) {
      int start = taps.start()[y];
      int end = start + taps.count()[y];
      for (; widened < end; widened++) {
        widen(in.pixels(), (widened - firstRow) * stride + left, rows[widened % rows.length]);
      }
      Arrays.fill(sums, HALF);
      for (int k = start; k < end; k++) {
        addScaled(sums, rows[k % rows.length], taps.weights()[y * taps.stride() + k - start]);
      }
      for (int i = 0; i < bytes; i++) {
        to[y * stride + left + i] = clip(sums[i]);
      }
    }
  }

  private static void widen(byte[] from, int at, int[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] = from[at + i] & 0xff;
    }
  }

  private static void addScaled(int[] sums, int[] row, int weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * row[i];
    }
  }

  private static byte clip(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> Taps.FRACTION_BITS));
  }
}
