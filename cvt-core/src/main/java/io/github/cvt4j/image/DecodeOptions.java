package io.github.cvt4j.image;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.spec.Size;

/**
 * What a decoder takes, and whether it turns pictures upright. Limits are checked against what the
 * file says of itself, before anything is decoded or allocated.
 *
 * @param maxBytes largest file or upload
 * @param maxPixels most pixels, width times height; decoding takes up to 11 bytes of heap for each
 * @param maxSide longest width or height
 * @param applyOrientation whether the EXIF orientation is applied, as viewers do; training code in
 *     Python mostly ignores it
 */
public record DecodeOptions(long maxBytes, long maxPixels, int maxSide, boolean applyOrientation) {

  /** 128 MiB, 64 Mi pixels (8192 x 8192), {@link Size#MAX_SIDE} pixels a side, turned upright. */
  public static final DecodeOptions DEFAULT =
      new DecodeOptions(1L << 27, 1L << 26, Size.MAX_SIDE, true);

  /** Most that an array of three bytes a pixel holds. */
  private static final long PIXELS_OF_AN_ARRAY = Integer.MAX_VALUE / 4;

  public DecodeOptions {
    if (maxBytes < 1 || maxBytes > Integer.MAX_VALUE - 1024) {
      throw new InvalidInputException(
          "limit of " + maxBytes + " bytes: expected 1 to " + (Integer.MAX_VALUE - 1024));
    }
    if (maxPixels < 1 || maxPixels > PIXELS_OF_AN_ARRAY || maxSide < 1) {
      throw new InvalidInputException(
          "limit of %d pixels, %d a side: expected at least 1 and at most %d pixels"
              .formatted(maxPixels, maxSide, PIXELS_OF_AN_ARRAY));
    }
  }

  /** The same with orientation applied or not. */
  public DecodeOptions withOrientation(boolean apply) {
    return new DecodeOptions(maxBytes, maxPixels, maxSide, apply);
  }

  /** The same with other limits on the file's bytes and the picture's pixels. */
  public DecodeOptions withLimits(long bytes, long pixels) {
    return new DecodeOptions(bytes, pixels, maxSide, applyOrientation);
  }
}
