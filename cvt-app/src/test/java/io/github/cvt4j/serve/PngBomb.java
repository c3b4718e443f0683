package io.github.cvt4j.serve;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/** PNG files that become a thousand times larger when they are read. */
final class PngBomb {

  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private PngBomb() {}

  /** A header, and nothing behind it. */
  static byte[] header(int width, int height) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.writeBytes(SIGNATURE);
    chunk(png, "IHDR", ihdr(width, height));
    return png.toByteArray();
  }

  /** A whole black picture. */
  static byte[] black(int width, int height) {
    return picture(width, height, new byte[0], "");
  }

  /** A small black picture with so many blanks in a compressed chunk beside it. */
  static byte[] blanks(String chunk, int length) {
    byte[] name =
        chunk.equals("iTXt")
            ? bytes(out -> out.write(new byte[] {'a', 0, 1, 0, 0, 0}))
            : new byte[] {'a', 0, 0};
    return picture(
        8,
        8,
        bytes(
            out -> {
              out.write(name);
              out.write(deflated(length, (byte) ' '));
            }),
        chunk);
  }

  private static byte[] picture(int width, int height, byte[] extra, String extraType) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.writeBytes(SIGNATURE);
    chunk(png, "IHDR", ihdr(width, height));
    if (!extraType.isEmpty()) {
      chunk(png, extraType, extra);
    }
    chunk(png, "IDAT", deflated(height * (1L + 3L * width), (byte) 0));
    chunk(png, "IEND", new byte[0]);
    return png.toByteArray();
  }

  private static byte[] ihdr(int width, int height) {
    return bytes(
        out -> {
          out.writeInt(width);
          out.writeInt(height);
          out.write(new byte[] {8, 2, 0, 0, 0}); // 8 bits, red, green and blue
        });
  }

  private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(type.getBytes(US_ASCII));
    crc.update(data);
    png.writeBytes(
        bytes(
            out -> {
              out.writeInt(data.length);
              out.writeBytes(type);
              out.write(data);
              out.writeInt((int) crc.getValue());
            }));
  }

  private static byte[] deflated(long length, byte value) {
    byte[] block = new byte[1 << 16];
    Arrays.fill(block, value);
    return bytes(
        out -> {
          DeflaterOutputStream deflater = new DeflaterOutputStream(out);
          for (long left = length; left > 0; left -= block.length) {
            deflater.write(block, 0, (int) Math.min(block.length, left));
          }
          deflater.finish();
        });
  }

  @FunctionalInterface
  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private static byte[] bytes(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      writing.to(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
