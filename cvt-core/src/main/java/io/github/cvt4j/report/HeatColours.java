package io.github.cvt4j.report;

import io.github.cvt4j.explain.Overlay;
import io.github.cvt4j.image.Area;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Size;

/**
 * Overlays as pixels: values from dark violet to light yellow, ever brighter, so that the order is
 * seen without telling hues apart. What is low lets the picture through, darkened.
 */
final class HeatColours {

  /** Evenly spaced, 0 to 1; the page has the same. */
  private static final int[][] STOPS = {
    {26, 10, 64}, {98, 20, 120}, {184, 44, 110}, {242, 106, 66}, {253, 180, 66}, {255, 246, 176}
  };

  /** What is left of the picture under the least value and under the largest. */
  private static final double MOST_SEEN = 0.6;

  private static final double LEAST_SEEN = 0.22;

  /** Of colours that say something themselves. */
  private static final double COLOURS_SEEN = 0.25;

  private HeatColours() {}

  /**
   * Lays an overlay over a part of its picture.
   *
   * @param part shown by {@code view}
   * @param view the part's pixels
   */
  static RgbImage over(RgbImage view, Area part, Overlay overlay) {
    Size size = view.size();
    float[] values = overlay.over(part, size);
    byte[] pixels = new byte[view.pixels().length];
    float most = 0;
    for (float value : overlay.values()) {
      most = Math.max(most, value);
    }
    boolean colours = overlay.channels() == 3;
    for (int i = 0; i < pixels.length; i++) {
      double value = colours ? values[i] : most > 0 ? values[i / 3] / most : 0;
      double seen = colours ? COLOURS_SEEN : MOST_SEEN + (LEAST_SEEN - MOST_SEEN) * value;
      double laid = colours ? 255 * value : colour(value, i % 3);
      pixels[i] = (byte) Math.rint(seen * (view.pixels()[i] & 0xff) + (1 - seen) * laid);
    }
    return new RgbImage(view.height(), view.width(), pixels);
  }

  private static double colour(double value, int channel) {
    double place = Math.max(0, Math.min(1, value)) * (STOPS.length - 1);
    int below = Math.min(STOPS.length - 2, (int) place);
    double between = place - below;
    return STOPS[below][channel] * (1 - between) + STOPS[below + 1][channel] * between;
  }
}
