package io.github.cvt4j.image;

import java.io.ByteArrayOutputStream;

/**
 * PNG through the JDK's reader, which gets only the chunks that pixels are made of: transparency is
 * dropped in the end anyway, and broken profiles or texts are no reason to refuse a picture.
 */
final class Png {

  private static final int SIGNATURE = 8;
  private static final byte[] IEND = {
    0, 0, 0, 0, 'I', 'E', 'N', 'D', (byte) 0xae, 0x42, 0x60, (byte) 0x82
  };

  private Png() {}

  static Decoded decode(Encoded in) {
    if (!in.has(SIGNATURE + 4, "IHDR") || in.i32be(SIGNATURE) != 13) {
      throw in.fail("damaged PNG: it does not begin with its header");
    }
    int header = SIGNATURE + 8;
    in.checkSize(in.i32be(header) & 0xffffffffL, in.i32be(header + 4) & 0xffffffffL);
    ByteArrayOutputStream kept = new ByteArrayOutputStream(in.length());
    kept.write(in.bytes(), 0, SIGNATURE);
    Orientation orientation = Orientation.KEEP;
    boolean data = false;
    int at = SIGNATURE;
    while (at < in.length() && !in.has(at + 4, "IEND")) {
      int size = in.i32be(at);
      if (size < 0 || size > in.length() - at - 12) {
        throw in.truncated();
      }
      if (in.has(at + 4, "IHDR") || in.has(at + 4, "PLTE") || in.has(at + 4, "IDAT")) {
        kept.write(in.bytes(), at, size + 12);
        data |= in.has(at + 4, "IDAT");
      } else if (in.has(at + 4, "eXIf")) {
        orientation = Orientation.ofExif(in.bytes(), at + 8, at + 8 + size);
      }
      at += size + 12;
    }
    if (!data) {
      throw in.fail(at < in.length() ? "a PNG without a picture in it" : "the file is truncated");
    }
    kept.writeBytes(IEND);
    boolean plain = in.u8(header + 8) == 8 && in.u8(header + 9) == 2;
    byte[] stream = kept.toByteArray();
    RgbImage pixels =
        plain ? Codec.PNG.rgb(in, stream).value() : Samples.toRgb(Codec.PNG.image(in, stream));
    return new Decoded(pixels, orientation);
  }
}
