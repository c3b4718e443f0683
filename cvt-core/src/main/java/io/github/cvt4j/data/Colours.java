package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;

/** Changes that mix a pixel's channels, equal to Pillow's (9.4) byte for byte. Pure functions. */
final class Colours {

  private Colours() {}

  /**
   * A value on the way from one to another, or beyond (Pillow's Blend.c): single precision, cut to
   * a whole number, clipped to 0 to 255.
   */
  static int blend(int from, int to, float factor) {
    return Math.max(0, Math.min(255, (int) (from + factor * (to - from))));
  }

  /** Three equal channels. */
  static RgbImage gray(RgbImage image) {
    byte[] from = image.pixels();
    byte[] to = new byte[from.length];
    for (int i = 0; i < to.length; i += 3) {
      byte luma = (byte) luma(from, i);
      to[i] = luma;
      to[i + 1] = luma;
      to[i + 2] = luma;
    }
    return new RgbImage(image.height(), image.width(), to);
  }

  /**
   * @param factor 0 for gray, 1 for no change
   */
  static RgbImage saturation(RgbImage image, float factor) {
    byte[] from = image.pixels();
    byte[] to = new byte[from.length];
    for (int i = 0; i < to.length; i += 3) {
      int luma = luma(from, i);
      to[i] = (byte) blend(luma, from[i] & 0xff, factor);
      to[i + 1] = (byte) blend(luma, from[i + 1] & 0xff, factor);
      to[i + 2] = (byte) blend(luma, from[i + 2] & 0xff, factor);
    }
    return new RgbImage(image.height(), image.width(), to);
  }

  /** The mean of the gray picture, rounded half up. */
  static int meanLuma(RgbImage image) {
    byte[] pixels = image.pixels();
    long sum = 0;
    for (int i = 0; i < pixels.length; i += 3) {
      sum += luma(pixels, i);
    }
    int count = image.height() * image.width();
    return (int) ((double) sum / count + 0.5);
  }

  /** ITU-R 601-2 in 16-bit fixed point (Pillow's Convert.c). */
  private static int luma(byte[] pixels, int at) {
    int red = pixels[at] & 0xff;
    int green = pixels[at + 1] & 0xff;
    int blue = pixels[at + 2] & 0xff;
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  }
}
