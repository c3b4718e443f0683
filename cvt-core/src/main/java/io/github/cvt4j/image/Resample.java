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
    int width = taps.length();
    byte[] to = new byte[rows * width * 3];
    int o = 0;
    for (int y = 0; y < rows; y++) {
      int row = ((top + y) * in.width() + left) * 3;
      for (int x = 0; x < width; x++) {
        int i = row + taps.start()[x] * 3;
        int red = HALF;
        int green = HALF;
        int blue = HALF;
        int w = x * taps.stride();
        for (int end = w + taps.count()[x]; w < end; w++, i += 3) {
          int weight = taps.weights()[w];
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
    byte[] from = in.pixels();
    int stride = in.width() * 3;
    byte[] to = new byte[taps.length() * stride];
    int[] sums = new int[stride];
    for (int y = 0; y < taps.length(); y++) {
      Arrays.fill(sums, HALF);
      for (int k = 0; k < taps.count()[y]; k++) {
        int weight = taps.weights()[y * taps.stride() + k];
        int row = (taps.start()[y] + k - firstRow) * stride;
        for (int i = 0; i < stride; i++) {
          sums[i] += weight * (from[row + i] & 0xff);
        }
      }
      for (int i = 0; i < stride; i++) {
        to[y * stride + i] = clip(sums[i]);
      }
    }
    return new RgbImage(taps.length(), in.width(), to);
  }

  private static byte clip(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> Taps.FRACTION_BITS));
  }
}
