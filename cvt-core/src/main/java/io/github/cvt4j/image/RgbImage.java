package io.github.cvt4j.image;

import io.github.cvt4j.spec.Size;

/**
 * Eight-bit RGB pixels, [H, W, 3] row-major. The array is shared, not copied: whoever makes an
 * image from an array gives the array away.
 *
 * @param height rows
 * @param width columns
 * @param pixels height * width * 3 bytes, to be read as unsigned
 */
@SuppressWarnings("ArrayRecordComponent") // a value made of one large array; equality is not asked
public record RgbImage(int height, int width, byte[] pixels) {

  public RgbImage {
    if (height < 1 || width < 1 || pixels.length != 3L * height * width) {
      throw new IllegalArgumentException(
          "%d bytes are not an RGB image of %dx%d".formatted(pixels.length, height, width));
    }
  }

  /** Height and width. */
  public Size size() {
    return new Size(height, width);
  }

  /**
   * A rectangle of this image, copied.
   *
   * @throws IndexOutOfBoundsException if it reaches beyond the image
   */
  public RgbImage crop(int top, int left, int cropHeight, int cropWidth) {
    java.util.Objects.checkFromIndexSize(top, cropHeight, height);
    java.util.Objects.checkFromIndexSize(left, cropWidth, width);
    byte[] out = new byte[cropHeight * cropWidth * 3];
    for (int y = 0; y < cropHeight; y++) {
      System.arraycopy(
          pixels, ((top + y) * width + left) * 3, out, y * cropWidth * 3, cropWidth * 3);
    }
    return new RgbImage(cropHeight, cropWidth, out);
  }

  /** This image mirrored left to right. */
  public RgbImage flipped() {
    byte[] out = new byte[pixels.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = (y * width + x) * 3;
        int to = (y * width + width - 1 - x) * 3;
        out[to] = pixels[from];
        out[to + 1] = pixels[from + 1];
        out[to + 2] = pixels[from + 2];
      }
    }
    return new RgbImage(height, width, out);
  }
}
