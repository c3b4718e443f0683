package io.github.cvt4j.image;

/** WebP, lossy and lossless, through TwelveMonkeys' reader. */
final class WebP {

  private static final int FIRST_CHUNK = 12;

  private WebP() {}

  static Decoded decode(Encoded in) {
    Orientation orientation = Orientation.KEEP;
    boolean pixels = false;
    int at = FIRST_CHUNK;
    while (at < in.length()) {
      int size = in.i32le(at + 4);
      int data = at + 8;
      if (size < 0 || size > in.length() - data) {
        throw in.truncated();
      }
      // Every size that a decoder may believe is checked, not only the first.
      if (in.has(at, "VP8X")) {
        in.checkSize(in.u24le(data + 4) + 1, in.u24le(data + 7) + 1);
      } else if (in.has(at, "VP8L")) {
        int sides = in.i32le(data + 1);
        in.checkSize((sides & 0x3fff) + 1, (sides >>> 14 & 0x3fff) + 1);
        pixels = true;
      } else if (in.has(at, "VP8 ")) {
        in.checkSize(in.u16le(data + 6) & 0x3fff, in.u16le(data + 8) & 0x3fff);
        pixels = true;
      } else if (in.has(at, "EXIF")) {
        int tiff = in.has(data, "Exif\0\0") ? data + 6 : data;
        orientation = Orientation.ofExif(in.bytes(), tiff, data + size);
      } else if (in.has(at, "ANIM")) {
        throw in.fail("an animated WebP; still pictures are read");
      }
      at = data + size + (size & 1);
    }
    if (!pixels) {
      throw in.truncated();
    }
    return new Decoded(Samples.toRgb(Codec.WEBP.image(in, in.bytes())), orientation);
  }
}
