package io.github.cvt4j.report;

import io.github.cvt4j.image.Resample;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;

/** Pictures of a size that suits a page. */
final class Thumbnail {

  private Thumbnail() {}

  /**
   * The picture in its proportions, with neither side above a limit; small ones a whole number of
   * times larger, so that their pixels stay sharp.
   */
  static RgbImage of(RgbImage picture, int limit) {
    int side = Math.max(picture.height(), picture.width());
    if (side <= limit) {
      return larger(picture, limit / side);
    }
    double scale = (double) limit / side;
    return Resample.resize(
        picture,
        Math.max(1, (int) Math.round(scale * picture.height())),
        Math.max(1, (int) Math.round(scale * picture.width())),
        Preprocess.Interpolation.BICUBIC);
  }

  private static RgbImage larger(RgbImage picture, int times) {
    int height = times * picture.height();
    int width = times * picture.width();
    byte[] pixels = new byte[3 * height * width];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = 3 * (y / times * picture.width() + x / times);
        System.arraycopy(picture.pixels(), from, pixels, 3 * (y * width + x), 3);
      }
    }
    return new RgbImage(height, width, pixels);
  }
}
