package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.SpecException;
import java.util.random.RandomGenerator;

/**
 * Puts a black border around the picture and cuts its old size out at a random place (torchvision's
 * RandomCrop with padding): the usual augmentation of CIFAR, with 4.
 *
 * @param padding width of the border on each side in pixels, 0 to 1024
 */
public record PadCrop(int padding) implements Augment {

  public PadCrop {
    if (padding < 0 || padding > 1024) {
      throw new SpecException("crop padding " + padding + ": expected 0 to 1024");
    }
  }

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    int down = random.nextInt(2 * padding + 1) - padding;
    int right = random.nextInt(2 * padding + 1) - padding;
    return down == 0 && right == 0 ? image : shifted(image, down, right);
  }

  /** The picture seen through a window that moved; black where the window left it. */
  static RgbImage shifted(RgbImage image, int down, int right) {
    int height = image.height();
    int width = image.width();
    byte[] out = new byte[image.pixels().length];
    int columns = width - Math.abs(right);
    if (columns > 0) {
      for (int y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
        int from = ((y + down) * width + Math.max(0, right)) * 3;
        int to = (y * width + Math.max(0, -right)) * 3;
        System.arraycopy(image.pixels(), from, out, to, columns * 3);
      }
    }
    return new RgbImage(height, width, out);
  }
}
