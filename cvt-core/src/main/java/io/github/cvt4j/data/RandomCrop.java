package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Size;
import java.util.random.RandomGenerator;

/**
 * Cuts a part out at a random place.
 *
 * @param size of the part; of a smaller picture, more than there is is not cut out
 */
public record RandomCrop(Size size) implements Augment {

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    int height = Math.min(size.height(), image.height());
    int width = Math.min(size.width(), image.width());
    int top = random.nextInt(image.height() - height + 1);
    int left = random.nextInt(image.width() - width + 1);
    return image.crop(top, left, height, width);
  }
}
