package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import java.util.random.RandomGenerator;

/** Takes the colours away; three equal channels stay. */
public record Grayscale() implements Augment {

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    return Colours.gray(image);
  }
}
