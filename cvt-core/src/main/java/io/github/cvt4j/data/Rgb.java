package io.github.cvt4j.data;

import io.github.cvt4j.spec.SpecException;
import java.util.List;

/**
 * A colour.
 *
 * @param red 0 to 255
 * @param green 0 to 255
 * @param blue 0 to 255
 */
public record Rgb(int red, int green, int blue) {

  public Rgb {
    if (((red | green | blue) & ~0xff) != 0) {
      throw new SpecException(
          "colour %d %d %d: expected 0 to 255 each".formatted(red, green, blue));
    }
  }

  /**
   * The colour that normalises to zero, rounded as timm's transforms_factory.py does: to the even
   * neighbour.
   *
   * @param mean of each channel, of pictures scaled to [0, 1]
   */
  public static Rgb ofMean(List<Double> mean) {
    return new Rgb(toByte(mean.get(0)), toByte(mean.get(1)), toByte(mean.get(2)));
  }

  private static int toByte(double mean) {
    return (int) Math.max(0, Math.min(255, Math.rint(255 * mean)));
  }
}
