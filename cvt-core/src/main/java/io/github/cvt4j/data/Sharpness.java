package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;

/** Pillow's ImageEnhance.Sharpness, byte for byte. Pure functions. */
final class Sharpness {

  /** The smoothing kernel is 1 all around and 5 in the middle. */
  private static final int WEIGHTS = 13;

  /**
   * Every possible weighted sum, divided and rounded; a sum is never halfway between two values.
   */
  private static final byte[] DIVIDED = new byte[WEIGHTS * 255 + 1];

  static {
    for (int sum = 0; sum < DIVIDED.length; sum++) {
      DIVIDED[sum] = (byte) ((2 * sum + WEIGHTS) / (2 * WEIGHTS));
    }
  }

  private Sharpness() {}

  /**
   * @param factor 0 for the smoothed picture, 1 for no change; the border of one pixel never
   *     changes
   */
  static RgbImage enhance(RgbImage image, float factor) {
    byte[] from = image.pixels();
    byte[] to = from.clone();
    int stride = image.width() * 3;
    int[] columns = new int[stride];
    for (int y = 1; y < image.height() - 1; y++) {
      int row = y * stride;
      for (int i = 0; i < stride; i++) {
        columns[i] =
            (from[row + i - stride] & 0xff)
                + (from[row + i] & 0xff)
                + (from[row + i + stride] & 0xff);
      }
      for (int i = 3; i < stride - 3; i++) {
        int value = from[row + i] & 0xff;
        int smooth =
            DIVIDED[columns[i - 3] + columns[i] + columns[i + 3] + (WEIGHTS - 9) * value] & 0xff;
        to[row + i] = (byte) Colours.blend(smooth, value, factor);
      }
    }
    return new RgbImage(image.height(), image.width(), to);
  }
}
