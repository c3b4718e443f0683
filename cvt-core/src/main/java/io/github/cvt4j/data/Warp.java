package io.github.cvt4j.data;

import io.github.cvt4j.image.Resample;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import java.util.random.RandomGenerator;

/**
 * Resizes the whole picture, whatever its proportions; leaves it alone if it has the size.
 *
 * @param size of the result
 * @param interpolation the resize's kernel
 */
public record Warp(Size size, Preprocess.Interpolation interpolation) implements Augment {

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    return image.height() == size.height() && image.width() == size.width()
        ? image
        : Resample.resize(image, size.height(), size.width(), interpolation);
  }
}
