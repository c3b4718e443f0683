package io.github.cvt4j.data;

import io.github.cvt4j.image.Box;
import io.github.cvt4j.image.Resample;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.util.random.RandomGenerator;

/**
 * Cuts out a rectangle of random area and proportions and resizes it, as timm 0.3.2's
 * RandomResizedCropAndInterpolation and torchvision's RandomResizedCrop do.
 *
 * @param size of the result
 * @param scale the rectangle's area over the picture's
 * @param ratio the rectangle's width over its height; drawn evenly on a logarithmic scale
 * @param interpolation the resize's kernel
 */
public record RandomResizedCrop(
    Size size, Range scale, Range ratio, Preprocess.Interpolation interpolation)
    implements Augment {

  /**
   * Bounds of a draw.
   *
   * @param low above 0
   * @param high at least {@code low}
   */
  public record Range(double low, double high) {

    public Range {
      if (!(low > 0 && low <= high && high < Double.POSITIVE_INFINITY)) {
        throw new SpecException("range " + low + " to " + high + ": expected 0 < low <= high");
      }
    }
  }

  /** What ImageNet models are usually trained with. */
  public static final Range USUAL_SCALE = new Range(0.08, 1);

  /** Likewise. */
  public static final Range USUAL_RATIO = new Range(3.0 / 4, 4.0 / 3);

  /** Rectangles that do not fit are drawn again this often. */
  private static final int TRIES = 10;

  public RandomResizedCrop {
    if (scale.high() > 1) {
      throw new SpecException("crop scale " + scale.high() + ": expected at most 1");
    }
  }

  /** The usual ranges. */
  public static RandomResizedCrop usual(Size size, Preprocess.Interpolation interpolation) {
    return new RandomResizedCrop(size, USUAL_SCALE, USUAL_RATIO, interpolation);
  }

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    Box box = draw(image.height(), image.width(), random);
    return Resample.cropThenResize(image, box, size.height(), size.width(), interpolation);
  }

  /** The rectangle to cut out of a picture. */
  Box draw(int height, int width, RandomGenerator random) {
    for (int i = 0; i < TRIES; i++) {
      double fraction = between(random, scale.low, scale.high);
      double logRatio = between(random, Math.log(ratio.low), Math.log(ratio.high));
      Box crop = corner(height, width, fraction, Math.exp(logRatio));
      if (crop.height() <= height && crop.width() <= width) {
        int top = random.nextInt(height - crop.height() + 1);
        int left = random.nextInt(width - crop.width() + 1);
        return new Box(top, left, crop.height(), crop.width());
      }
    }
    return fallback(height, width);
  }

  /** A rectangle at the corner that covers a fraction of a picture's area; may not fit into it. */
  static Box corner(int height, int width, double fraction, double ratio) {
    double area = fraction * height * width;
    return new Box(0, 0, side(Math.sqrt(area / ratio)), side(Math.sqrt(area * ratio)));
  }

  /** The whole picture, or the largest centred part whose proportions are allowed. */
  Box fallback(int height, int width) {
    double proportions = (double) width / height;
    int cropHeight = height;
    int cropWidth = width;
    if (proportions < ratio.low) {
      cropHeight = Math.min(height, side(width / ratio.low));
    } else if (proportions > ratio.high) {
      cropWidth = Math.min(width, side(height * ratio.high));
    }
    return new Box((height - cropHeight) / 2, (width - cropWidth) / 2, cropHeight, cropWidth);
  }

  /**
   * Python's rounding, to the even neighbour; at least one pixel, which the originals leave out.
   */
  private static int side(double length) {
    return Math.max(1, (int) Math.rint(length));
  }

  private static double between(RandomGenerator random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }
}
