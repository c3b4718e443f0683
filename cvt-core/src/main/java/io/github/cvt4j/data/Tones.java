package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import java.util.function.IntUnaryOperator;

/**
 * Changes where a new value depends on the old one only, through tables: what Pillow's ImageOps and
 * ImageEnhance (9.4) do, byte for byte. Pure functions.
 */
final class Tones {

  private static final int LEVELS = 256;

  private Tones() {}

  static RgbImage invert(RgbImage image) {
    return map(image, v -> 255 - v);
  }

  /**
   * @param bits of each value that stay, 0 to 8; the others become 0
   */
  static RgbImage posterize(RgbImage image, int bits) {
    int mask = 0xff00 >> bits;
    return map(image, v -> v & mask);
  }

  /**
   * @param threshold values from it on are inverted
   */
  static RgbImage solarize(RgbImage image, int threshold) {
    return map(image, v -> v < threshold ? v : 255 - v);
  }

  /** Adds to the darker half of the values (timm's auto_augment.py). */
  static RgbImage solarizeAdd(RgbImage image, int add) {
    return map(image, v -> v < 128 ? Math.min(255, v + add) : v);
  }

  /**
   * @param factor 0 for black, 1 for no change
   */
  static RgbImage brightness(RgbImage image, float factor) {
    return map(image, v -> Colours.blend(0, v, factor));
  }

  /**
   * @param factor 0 for the mean gray everywhere, 1 for no change
   */
  static RgbImage contrast(RgbImage image, float factor) {
    int mean = Colours.meanLuma(image);
    return map(image, v -> Colours.blend(mean, v, factor));
  }

  /** Stretches each channel so that its darkest value becomes 0 and its brightest 255. */
  static RgbImage autoContrast(RgbImage image) {
    byte[][] tables = new byte[3][];
    int[][] histograms = histograms(image);
    for (int c = 0; c < 3; c++) {
      int[] histogram = histograms[c];
      int low = 0;
      while (histogram[low] == 0) {
        low++;
      }
      int high = LEVELS - 1;
      while (histogram[high] == 0) {
        high--;
      }
      double scale = high > low ? 255.0 / (high - low) : 1;
      double offset = high > low ? -low * scale : 0;
      tables[c] = table(v -> (int) (v * scale + offset));
    }
    return map(image, tables);
  }

  /** Makes each channel's values about equally frequent. */
  static RgbImage equalize(RgbImage image) {
    byte[][] tables = new byte[3][];
    int[][] histograms = histograms(image);
    for (int c = 0; c < 3; c++) {
      tables[c] = equalizing(histograms[c], image.height() * image.width());
    }
    return map(image, tables);
  }

  /** Pillow leaves its brightest value out of the step, so that it ends at 255. */
  private static byte[] equalizing(int[] histogram, int total) {
    int brightest = LEVELS - 1;
    while (histogram[brightest] == 0) {
      brightest--;
    }
    int step = (total - histogram[brightest]) / 255;
    if (step == 0) {
      return table(v -> v); // one value only, or hardly more pixels than values
    }
    byte[] table = new byte[LEVELS];
    int sum = step / 2;
    for (int v = 0; v < LEVELS; v++) {
      table[v] = (byte) Math.min(255, sum / step);
      sum += histogram[v];
    }
    return table;
  }

  private static int[][] histograms(RgbImage image) {
    int[] red = new int[LEVELS];
    int[] green = new int[LEVELS];
    int[] blue = new int[LEVELS];
    byte[] pixels = image.pixels();
    for (int i = 0; i < pixels.length; i += 3) {
      red[pixels[i] & 0xff]++;
      green[pixels[i + 1] & 0xff]++;
      blue[pixels[i + 2] & 0xff]++;
    }
    return new int[][] {red, green, blue};
  }

  private static byte[] table(IntUnaryOperator change) {
    byte[] table = new byte[LEVELS];
    for (int v = 0; v < LEVELS; v++) {
      table[v] = (byte) Math.max(0, Math.min(255, change.applyAsInt(v)));
    }
    return table;
  }

  private static RgbImage map(RgbImage image, IntUnaryOperator change) {
    byte[] table = table(change);
    return map(image, new byte[][] {table, table, table});
  }

  private static RgbImage map(RgbImage image, byte[][] tables) {
    byte[] red = tables[0];
    byte[] green = tables[1];
    byte[] blue = tables[2];
    byte[] from = image.pixels();
    byte[] to = new byte[from.length];
    for (int i = 0; i < to.length; i += 3) {
      to[i] = red[from[i] & 0xff];
      to[i + 1] = green[from[i + 1] & 0xff];
      to[i + 2] = blue[from[i + 2] & 0xff];
    }
    return new RgbImage(image.height(), image.width(), to);
  }
}
