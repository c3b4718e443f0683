package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.SpecException;
import java.util.random.RandomGenerator;

/**
 * Mirrors left to right.
 *
 * @param probability 0 to 1
 */
public record HorizontalFlip(double probability) implements Augment {

  public HorizontalFlip {
    if (!(probability >= 0 && probability <= 1)) {
      throw new SpecException("flip probability " + probability + ": expected 0 to 1");
    }
  }

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    return random.nextDouble() < probability ? image.flipped() : image;
  }
}
