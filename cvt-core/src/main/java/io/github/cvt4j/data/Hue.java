package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;

/**
 * Turns colours around the colour circle, as torchvision does on Pillow pictures: through 8-bit
 * hue, saturation and value, in Pillow's (Convert.c) mixture of single and double precision. Pure
 * functions.
 */
final class Hue {

  /** The sector of the circle, 0 to 6, that an 8-bit hue is in. */
  private static final int[] SECTOR = new int[256];

  /** How far into its sector it is. */
  private static final float[] FRACTION = new float[256];

  static {
    for (int hue = 0; hue < 256; hue++) {
      double position = (float) hue * 6.0 / 255.0;
      SECTOR[hue] = (int) Math.floor(position);
      FRACTION[hue] = (float) (position - SECTOR[hue]);
    }
  }

  private Hue() {}

  /**
   * @param turn part of the circle, -0.5 to 0.5
   */
  static RgbImage shift(RgbImage image, double turn) {
    int steps = (int) (turn * 255) & 0xff; // a byte that wraps around
    byte[] from = image.pixels();
    byte[] to = new byte[from.length];
    for (int i = 0; i < to.length; i += 3) {
      shift(from, to, i, steps);
    }
    return new RgbImage(image.height(), image.width(), to);
  }

  private static void shift(byte[] from, byte[] to, int i, int steps) {
    int red = from[i] & 0xff;
    int green = from[i + 1] & 0xff;
    int blue = from[i + 2] & 0xff;
    int most = Math.max(red, Math.max(green, blue));
    int least = Math.min(red, Math.min(green, blue));
    int saturation = most == least ? 0 : (int) ((float) (most - least) / most * 255.0);
    if (saturation == 0) { // gray, or so near to it that eight bits lose the hue
      to[i] = (byte) most;
      to[i + 1] = (byte) most;
      to[i + 2] = (byte) most;
      return;
    }
    int hue = (hue(red, green, blue, most, least) + steps) & 0xff;
    float f = FRACTION[hue];
    float s = (float) (saturation / 255.0);
    byte v = (byte) most;
    byte p = round(most * (1.0 - s));
    byte q = round(most * (1.0 - s * f)); // s * f in single precision
    byte t = round(most * (1.0 - s * (1.0 - f)));
    switch (SECTOR[hue]) {
      case 1 -> put(to, i, q, v, p);
      case 2 -> put(to, i, p, v, t);
      case 3 -> put(to, i, p, q, v);
      case 4 -> put(to, i, t, p, v);
      case 5 -> put(to, i, v, p, q);
      default -> put(to, i, v, t, p); // 0, and 6 for a hue of 255
    }
  }

  private static int hue(int red, int green, int blue, int most, int least) {
    float range = most - least;
    float r = (most - red) / range;
    float g = (most - green) / range;
    float b = (most - blue) / range;
    float sixths;
    if (red == most) {
      sixths = b - g;
    } else if (green == most) {
      sixths = (float) (2.0 + r - b);
    } else {
      sixths = (float) (4.0 + g - r);
    }
    double turns = sixths / 6.0 + 1.0; // from 5/6 to 11/6; whole turns do not count
    float hue = (float) (turns < 1 ? turns : turns - 1);
    return (int) (hue * 255.0);
  }

  private static void put(byte[] to, int i, byte red, byte green, byte blue) {
    to[i] = red;
    to[i + 1] = green;
    to[i + 2] = blue;
  }

  /** Half away from zero; never negative here. */
  private static byte round(double value) {
    return (byte) (int) (value + 0.5);
  }
}
