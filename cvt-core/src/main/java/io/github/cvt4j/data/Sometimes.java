package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.SpecException;
import java.util.random.RandomGenerator;

/**
 * A step that some pictures are spared.
 *
 * @param probability of the step, 0 to 1
 * @param step what is done then
 */
public record Sometimes(double probability, Augment step) implements Augment {

  public Sometimes {
    if (!(probability >= 0 && probability <= 1)) {
      throw new SpecException("probability " + probability + " of " + step + ": expected 0 to 1");
    }
  }

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    return random.nextDouble() < probability ? step.apply(image, random) : image;
  }
}
