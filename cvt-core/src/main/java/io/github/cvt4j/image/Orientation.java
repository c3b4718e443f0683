package io.github.cvt4j.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * EXIF tag 0x0112, in the order of its values 1 to 8; the names say what has to be done to the
 * stored pixels to see the picture upright.
 */
enum Orientation {
  KEEP,
  FLIP_LEFT_RIGHT,
  TURN_HALF,
  FLIP_TOP_BOTTOM,
  TRANSPOSE,
  TURN_RIGHT,
  TRANSVERSE,
  TURN_LEFT;

  private static final int TAG = 0x112;
  private static final int HEADER = 8;
  private static final int ENTRY = 12;
  private static final int SHORT = 3;
  private static final int LONG = 4;

  /**
   * The orientation in an EXIF block; {@link #KEEP} when it has none or is broken, because a
   * picture is worth more than its metadata. Only the first directory is looked at: libraries that
   * read all of them recurse as deep as a file tells them to.
   *
   * @param bytes holds the block, a TIFF header and what follows
   * @param from the byte-order mark
   * @param to one past the block's last byte
   */
  static Orientation ofExif(byte[] bytes, int from, int to) {
    if (to - from < HEADER) {
      return KEEP;
    }
    ByteBuffer tiff = ByteBuffer.wrap(bytes, from, to - from).slice();
    tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int directory = tiff.getInt(4);
    if (tiff.getShort(2) != 42 || directory < HEADER || directory > tiff.limit() - 2) {
      return KEEP;
    }
    int entries = tiff.getShort(directory) & 0xffff;
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + i * ENTRY;
      if (entry > tiff.limit() - ENTRY) {
        return KEEP;
      }
      if (tiff.getShort(entry) == TAG) {
        return switch (tiff.getShort(entry + 2)) {
          case SHORT -> ofTag(tiff.getShort(entry + 8));
          case LONG -> ofTag(tiff.getInt(entry + 8));
          default -> KEEP;
        };
      }
    }
    return KEEP;
  }

  /** The orientation of a tag's value; {@link #KEEP} for values that mean nothing. */
  static Orientation ofTag(int value) {
    return value < 1 || value > values().length ? KEEP : values()[value - 1];
  }

  /** The pixels turned; the same object when nothing is to be done. */
  RgbImage apply(RgbImage in) {
    int h = in.height();
    int w = in.width();
    // Where the result's first pixel lies in the stored ones, and the step for one row down and
    // one column right.
    return switch (this) {
      case KEEP -> in;
      case FLIP_LEFT_RIGHT -> remap(in, h, w, w - 1, w, -1);
      case TURN_HALF -> remap(in, h, w, h * w - 1, -w, -1);
      case FLIP_TOP_BOTTOM -> remap(in, h, w, (h - 1) * w, -w, 1);
      case TRANSPOSE -> remap(in, w, h, 0, 1, w);
      case TURN_RIGHT -> remap(in, w, h, (h - 1) * w, 1, -w);
      case TRANSVERSE -> remap(in, w, h, h * w - 1, -1, -w);
      case TURN_LEFT -> remap(in, w, h, w - 1, -1, w);
    };
  }

  private static RgbImage remap(
      RgbImage in, int height, int width, int first, int down, int right) {
    byte[] from = in.pixels();
    byte[] to = new byte[from.length];
    int o = 0;
    for (int y = 0; y < height; y++) {
      int i = (first + y * down) * 3;
      for (int x = 0; x < width; x++) {
        to[o] = from[i];
        to[o + 1] = from[i + 1];
        to[o + 2] = from[i + 2];
        o += 3;
        i += right * 3;
      }
    }
    return new RgbImage(height, width, to);
  }
}
