package io.github.cvt4j.image;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;

/** The first frame of a GIF, placed on its screen as Pillow does. */
final class Gif {

  private static final int EXTENSION = 0x21;
  private static final int FRAME = 0x2c;
  private static final int GRAPHIC_CONTROL = 0xf9;

  private Gif() {}

  static Decoded decode(Encoded in) {
    int background = 0;
    int at = 13 + tableBytes(in.u8(10));
    while (in.u8(at) == EXTENSION) {
      if (in.u8(at + 1) == GRAPHIC_CONTROL && (in.u8(at + 3) & 1) != 0) {
        background = in.u8(at + 6); // the transparent colour
      }
      at += 2;
      while (in.u8(at) != 0) {
        at += in.u8(at) + 1;
      }
      at++;
    }
    if (in.u8(at) != FRAME) {
      throw in.fail("a GIF without a picture in it");
    }
    int left = in.u16le(at + 1);
    int top = in.u16le(at + 3);
    int width = Math.max(in.u16le(6), left + in.u16le(at + 5));
    int height = Math.max(in.u16le(8), top + in.u16le(at + 7));
    in.checkSize(width, height);
    BufferedImage frame = Codec.GIF.image(in, in.bytes());
    if (frame.getWidth() != in.u16le(at + 5) || frame.getHeight() != in.u16le(at + 7)) {
      throw in.fail("damaged GIF: its first frame cannot be told");
    }
    RgbImage pixels = Samples.toRgb(frame);
    if (pixels.width() == width && pixels.height() == height) {
      return new Decoded(pixels, Orientation.KEEP);
    }
    int colour = Samples.palette((IndexColorModel) frame.getColorModel())[background];
    return new Decoded(placed(pixels, top, left, height, width, colour), Orientation.KEEP);
  }

  /** Bytes of a colour table whose size stands in these flags. */
  private static int tableBytes(int flags) {
    return (flags & 0x80) == 0 ? 0 : 3 * (2 << (flags & 7));
  }

  private static RgbImage placed(
      RgbImage frame, int top, int left, int height, int width, int colour) {
    RgbImage out = Samples.blank(height, width);
    for (int i = 0; i < out.pixels().length; i++) {
      out.pixels()[i] = (byte) (colour >> (16 - 8 * (i % 3)));
    }
    int rowBytes = frame.width() * 3;
    for (int y = 0; y < frame.height(); y++) {
      System.arraycopy(
          frame.pixels(), y * rowBytes, out.pixels(), ((top + y) * width + left) * 3, rowBytes);
    }
    return out;
  }
}
