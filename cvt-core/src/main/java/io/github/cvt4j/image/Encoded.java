package io.github.cvt4j.image;

import java.nio.charset.StandardCharsets;

/**
 * A picture file in memory, read with bounds: running off its end is a truncated file, not a bug.
 */
@SuppressWarnings("ArrayRecordComponent") // the bytes are only read
record Encoded(byte[] bytes, String name, DecodeOptions options) {

  int length() {
    return bytes.length;
  }

  int u8(int at) {
    if (at < 0 || at >= bytes.length) {
      throw truncated();
    }
    return bytes[at] & 0xff;
  }

  int u16be(int at) {
    return u8(at) << 8 | u8(at + 1);
  }

  int i32be(int at) {
    return u16be(at) << 16 | u16be(at + 2);
  }

  int u16le(int at) {
    return u8(at) | u8(at + 1) << 8;
  }

  int u24le(int at) {
    return u16le(at) | u8(at + 2) << 16;
  }

  int i32le(int at) {
    return u16le(at) | u16le(at + 2) << 16;
  }

  /** Whether the characters stand at a place; false when the file ends before. */
  boolean has(int at, String latin1) {
    byte[] expected = latin1.getBytes(StandardCharsets.ISO_8859_1);
    return at >= 0
        && at <= bytes.length - expected.length
        && java.util.Arrays.equals(bytes, at, at + expected.length, expected, 0, expected.length);
  }

  /**
   * Refuses what is larger than the options allow, before anything is allocated for it.
   *
   * @throws ImageException if it is, or if a side is not positive
   */
  void checkSize(long width, long height) {
    if (width < 1 || height < 1) {
      throw fail("says it is %d pixels wide and %d high".formatted(width, height));
    }
    if (width > options.maxSide()
        || height > options.maxSide()
        || width * height > options.maxPixels()) {
      throw fail(
          "%d x %d pixels (width x height); at most %d a side and %d in all are taken"
              .formatted(width, height, options.maxSide(), options.maxPixels()));
    }
  }

  ImageException truncated() {
    return fail("the file is truncated");
  }

  ImageException fail(String what) {
    return new ImageException(name + ": " + what);
  }
}
