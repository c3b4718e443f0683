package io.github.cvt4j.image;

import static io.github.cvt4j.image.PngFixture.concat;

import io.github.cvt4j.Golden;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;

/** Takes golden JPEGs apart and puts them together in other ways. */
final class JpegFixture {

  static final int APP0 = 0xe0;
  static final int APP1 = 0xe1;
  static final int APP2 = 0xe2;
  static final int APP14 = 0xee;

  private JpegFixture() {}

  static byte[] golden(String file) {
    try {
      return Files.readAllBytes(Golden.path("preproc/" + file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file without its segments of one kind, as far as they lie before the compressed data. */
  static byte[] without(byte[] jpeg, int marker) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    int at = 2;
    while ((jpeg[at + 1] & 0xff) != 0xda) {
      int end = at + 2 + ((jpeg[at + 2] & 0xff) << 8 | (jpeg[at + 3] & 0xff));
      if ((jpeg[at + 1] & 0xff) != marker) {
        out.write(jpeg, at, end - at);
      }
      at = end;
    }
    out.write(jpeg, at, jpeg.length - at);
    return out.toByteArray();
  }

  /** The file with a segment put in front. */
  static byte[] with(byte[] jpeg, int marker, byte[] data) {
    int length = data.length + 2;
    byte[] head = {
      (byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) marker, (byte) (length >> 8), (byte) length
    };
    return concat(head, data, Arrays.copyOfRange(jpeg, 2, jpeg.length));
  }

  static byte[] adobe(int transform) {
    return concat(
        "Adobe".getBytes(StandardCharsets.US_ASCII),
        new byte[] {0, 100, 0, 0, 0, 0, (byte) transform});
  }

  /** The last place of two bytes. */
  static int lastIndexOf(byte[] jpeg, int marker) {
    for (int i = jpeg.length - 2; i >= 0; i--) {
      if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) marker) {
        return i;
      }
    }
    throw new IllegalArgumentException("no marker " + marker);
  }
}
