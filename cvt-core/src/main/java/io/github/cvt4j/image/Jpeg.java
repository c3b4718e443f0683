package io.github.cvt4j.image;

import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JPEG through the JDK's reader, which is libjpeg as in Pillow and gives the same bytes.
 *
 * <p>The reader guesses the colour model in its own way (4:4:4 pictures without a JFIF marker are
 * taken for RGB) and trips over broken profiles and metadata. So the colour model is found here by
 * libjpeg's rules, and the reader gets a file that has nothing left but what decodes pixels and one
 * marker that states the model.
 */
final class Jpeg {

  private static final Logger log = LoggerFactory.getLogger(Jpeg.class);

  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP14 = 0xee;
  private static final int APP15 = 0xef;
  private static final int COM = 0xfe;

  /**
   * Progressive files have about ten; thousands of empty ones would keep a decoder busy for hours.
   */
  private static final int MAX_SCANS = 100;

  private static final byte[] JFIF =
      HexFormat.of().parseHex("ffe000104a46494600010100000100010000");
  private static final byte[] ADOBE_UNCONVERTED =
      HexFormat.of().parseHex("ffee000e41646f626500640000000000");

  private final Encoded in;
  private final ByteArrayOutputStream kept;
  private boolean jfif;
  private int adobeTransform = -1;
  private int frame = -1;
  private int scans;
  private boolean ended;
  private Orientation orientation = Orientation.KEEP;

  private Jpeg(Encoded in) {
    this.in = in;
    this.kept = new ByteArrayOutputStream(in.length() + 2);
  }

  static Decoded decode(Encoded in) {
    return new Jpeg(in).decode();
  }

  private Decoded decode() {
    int at = 2;
    while (!ended && at < in.length()) {
      at = segment(at);
    }
    if (frame < 0 || scans == 0) {
      throw ended ? in.fail("a JPEG without a picture in it") : in.truncated();
    }
    RgbImage pixels =
        switch (components()) {
          case 1 -> gray();
          case 3 -> colour();
          case 4 -> cmyk();
          default -> throw in.fail("a JPEG with " + components() + " channels; 1, 3 or 4 are read");
        };
    return new Decoded(pixels, orientation);
  }

  /** Takes note of the segment at a place, keeps it if it matters; the place of the next one. */
  private int segment(int start) {
    int at = nextMarker(start);
    if (at == in.length()) {
      return at;
    }
    int marker = in.u8(at + 1);
    if (marker == EOI) {
      ended = true;
      return in.length();
    }
    if (marker == SOI) {
      return at + 2;
    }
    int data = at + 4;
    int end = at + 2 + in.u16be(at + 2);
    if (end < data) {
      throw in.fail("damaged JPEG: a segment shorter than its own length");
    }
    if (end > in.length()) {
      throw in.truncated();
    }
    if (marker >= APP0 && marker <= APP15) {
      application(marker, data, end);
      return end;
    }
    if (marker == COM) {
      return end;
    }
    if (isFrame(marker)) {
      in.checkSize(in.u16be(data + 3), in.u16be(data + 1));
      frame = data;
    }
    if (marker == SOS) {
      scans++;
      if (scans > MAX_SCANS) {
        throw in.fail("a JPEG of more than " + MAX_SCANS + " scans");
      }
      end = nextMarker(end);
    }
    kept.write(in.bytes(), at, end - at);
    return end;
  }

  private void application(int marker, int data, int end) {
    int size = end - data;
    if (marker == APP0 && size >= 14 && in.has(data, "JFIF\0")) {
      jfif = true;
    } else if (marker == APP14 && size >= 12 && in.has(data, "Adobe")) {
      adobeTransform = in.u8(data + 11);
    } else if (marker == APP1 && in.has(data, "Exif\0")) {
      orientation = Orientation.ofExif(in.bytes(), data + 6, end);
    }
  }

  /** A frame header: 0xC0 to 0xCF but for DHT, JPG and DAC. */
  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  /**
   * The place of the next marker that has a meaning outside compressed data; the file's length if
   * there is none. What lies before it is compressed data or rubbish, which libjpeg skips too.
   */
  private int nextMarker(int start) {
    byte[] bytes = in.bytes();
    for (int at = start; at + 1 < bytes.length; at++) {
      if (bytes[at] == (byte) 0xff) {
        int next = bytes[at + 1] & 0xff;
        boolean restart = next >= 0xd0 && next <= 0xd7;
        if (next > 1 && next != 0xff && !restart) { // 0 stuffs data, 1 is temporary
          return at;
        }
      }
    }
    return bytes.length;
  }

  private int components() {
    return in.u8(frame + 5);
  }

  private int componentId(int i) {
    return in.u8(frame + 6 + 3 * i);
  }

  private RgbImage gray() {
    Raster samples = complete(Codec.JPEG.samples(in, stream(JFIF)));
    return Samples.each(samples, (row, i, c) -> row[i]);
  }

  private RgbImage colour() {
    boolean named = componentId(0) == 'R' && componentId(1) == 'G' && componentId(2) == 'B';
    boolean rgb = !jfif && (adobeTransform < 0 ? named : adobeTransform == 0);
    return complete(Codec.JPEG.rgb(in, stream(rgb ? ADOBE_UNCONVERTED : JFIF)));
  }

  /** Stored inverted, whether or not an Adobe marker says so: Pillow assumes it of all files. */
  private RgbImage cmyk() {
    Raster samples = complete(Codec.JPEG.samples(in, stream(ADOBE_UNCONVERTED)));
    boolean ycck = adobeTransform > 0;
    return Samples.each(
        samples,
        (row, i, c) -> {
          int ink = ycck ? Ycc.channel(row[i], row[i + 1], row[i + 2], c) : 255 - row[i + c];
          int light = row[i + 3];
          int product = ink * light + 128;
          return light - ((product + (product >> 8)) >> 8);
        });
  }

  private byte[] stream(byte[] colourMarker) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(kept.size() + 32);
    out.write(0xff);
    out.write(SOI);
    out.writeBytes(colourMarker);
    out.writeBytes(kept.toByteArray());
    out.write(0xff);
    out.write(EOI);
    return out.toByteArray();
  }

  /**
   * Refuses a picture whose end is missing. As in Pillow, a file without end marker passes when
   * every pixel is there, and damage in the middle of a file that does end is let pass.
   */
  private <T> T complete(Codec.Result<T> result) {
    if (!ended && (scans > 1 || isProgressive() || !result.warnings().isEmpty())) {
      throw in.truncated();
    }
    for (String warning : result.warnings()) {
      log.warn("{}: {}", in.name(), warning);
    }
    return result.value();
  }

  private boolean isProgressive() {
    return (in.u8(frame - 3) & 3) == 2;
  }

  /** Luma and chroma to RGB with libjpeg's 16-bit tables (jdcolor.c). */
  private static final class Ycc {
    private static final int HALF = 1 << 15;

    static int channel(int luma, int blueness, int redness, int channel) {
      int cb = blueness - 128;
      int cr = redness - 128;
      int value =
          switch (channel) {
            case 0 -> luma + ((fix(1.402) * cr + HALF) >> 16);
            case 1 -> luma + ((HALF - fix(0.34414) * cb - fix(0.71414) * cr) >> 16);
            default -> luma + ((fix(1.772) * cb + HALF) >> 16);
          };
      return Math.max(0, Math.min(255, value));
    }

    private static int fix(double x) {
      return (int) (x * 65536 + 0.5);
    }
  }
}
