package io.github.cvt4j.image;

/** BMP through the JDK's reader, which has to be kept from files inside the file. */
final class Bmp {

  private static final int CORE_HEADER = 12;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int JPEG = 4;
  private static final int PNG = 5;

  private Bmp() {}

  static Decoded decode(Encoded in) {
    boolean core = in.i32le(14) == CORE_HEADER;
    long width = core ? in.u16le(18) : in.i32le(18);
    // Negative heights are stored top row first.
    long height = core ? in.u16le(20) : Math.abs((long) in.i32le(22));
    in.checkSize(width, height);
    int bits = in.u16le(core ? 24 : 28);
    int compression = core ? 0 : in.i32le(30);
    if (compression == JPEG || compression == PNG) {
      throw in.fail("a BMP with a JPEG or PNG inside is not read");
    }
    long rowBytes = (width * bits + 31) / 32 * 4;
    boolean packed = compression == RLE8 || compression == RLE4;
    if (!packed && (in.i32le(10) & 0xffffffffL) + rowBytes * height > in.length()) {
      throw in.truncated();
    }
    return new Decoded(Samples.toRgb(Codec.BMP.image(in, in.bytes())), Orientation.KEEP);
  }
}
