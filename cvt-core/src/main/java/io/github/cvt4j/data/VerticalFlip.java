package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.SpecException;
import java.util.random.RandomGenerator;

/**
 * Turns upside down.
 *
 * @param probability 0 to 1
 */
public record VerticalFlip(double probability) implements Augment {

  public VerticalFlip {
    if (!(probability >= 0 && probability <= 1)) {
      throw new SpecException("vertical flip probability " + probability + ": expected 0 to 1");
    }
  }

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    return random.nextDouble() < probability ? flipped(image) : image;
  }

  private static RgbImage flipped(RgbImage image) {
    int row = image.width() * 3;
    byte[] out = new byte[image.pixels().length];
    for (int y = 0; y < image.height(); y++) {
      System.arraycopy(image.pixels(), y * row, out, (image.height() - 1 - y) * row, row);
    }
    return new RgbImage(image.height(), image.width(), out);
  }
}
