package io.github.cvt4j.image;

/**
 * A rectangle of pixels.
 *
 * @param top first row, at least 0
 * @param left first column, at least 0
 * @param height rows, at least 1
 * @param width columns, at least 1
 */
public record Box(int top, int left, int height, int width) {

  public Box {
    if (top < 0 || left < 0 || height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "box %dx%d at row %d, column %d: expected positive sizes inside an image"
              .formatted(height, width, top, left));
    }
  }

  /** The whole of an image. */
  public static Box of(RgbImage image) {
    return new Box(0, 0, image.height(), image.width());
  }
}
