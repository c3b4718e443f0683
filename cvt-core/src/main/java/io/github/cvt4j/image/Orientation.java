package io.github.cvt4j.image;

import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  private static final Logger log = LoggerFactory.getLogger(Orientation.class);

  /**
   * The orientation in an EXIF block; {@link #KEEP} when it has none or is broken, because a
   * picture is worth more than its metadata.
   *
   * @param tiff bytes of the block, from its byte-order mark on
   */
  static Orientation ofExif(byte[] tiff, String name) {
    try {
      Metadata metadata = new Metadata();
      new ExifReader().extract(new ByteArrayReader(tiff), metadata);
      ExifIFD0Directory directory = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
      Integer value =
          directory == null ? null : directory.getInteger(ExifDirectoryBase.TAG_ORIENTATION);
      return value == null ? KEEP : ofTag(value);
    } catch (RuntimeException e) {
      log.debug("{}: EXIF not readable, orientation not applied", name, e);
      return KEEP;
    }
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
