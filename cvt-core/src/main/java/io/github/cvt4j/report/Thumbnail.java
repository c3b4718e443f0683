package io.github.cvt4j.report;

import io.github.cvt4j.image.Resample;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;

/** Smaller pictures, so that a page stays light. */
final class Thumbnail {

  private Thumbnail() {}

  /**
   * The picture in its proportions, with neither side above a limit; itself if it is so already.
   */
  static RgbImage of(RgbImage picture, int limit) {
    double scale = (double) limit / Math.max(picture.height(), picture.width());
    if (scale >= 1) {
      return picture;
    }
    return Resample.resize(
        picture,
        Math.max(1, (int) Math.round(scale * picture.height())),
        Math.max(1, (int) Math.round(scale * picture.width())),
        Preprocess.Interpolation.BICUBIC);
  }
}
