package io.github.cvt4j.image;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes PNGs of any colour type and depth, plain or interlaced, without any encoder that might
 * share a mistake with the decoder.
 */
final class PngFixture {

  static final int GRAY = 0;
  static final int RGB = 2;
  static final int PALETTE = 3;
  static final int GRAY_ALPHA = 4;
  static final int RGBA = 6;

  /** Adam7: first column, first row, column step, row step of each pass. */
  private static final int[][] PASSES = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  /** The sample of a channel at a place, below 2^depth. */
  interface Sample {
    int at(int y, int x, int channel);
  }

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  PngFixture() {
    bytes.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
  }

  static int channels(int colourType) {
    return switch (colourType) {
      case GRAY, PALETTE -> 1;
      case GRAY_ALPHA -> 2;
      case RGB -> 3;
      default -> 4;
    };
  }

  PngFixture header(int height, int width, int depth, int colourType, boolean interlaced) {
    return chunk(
        "IHDR",
        concat(
            int32(width),
            int32(height),
            new byte[] {(byte) depth, (byte) colourType, 0, 0, (byte) (interlaced ? 1 : 0)}));
  }

  PngFixture data(
      int height, int width, int depth, int colourType, boolean interlaced, Sample sample) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
      int[][] passes = interlaced ? PASSES : new int[][] {{0, 0, 1, 1}};
      for (int[] pass : passes) {
        for (int y = pass[1]; y < height && pass[0] < width; y += pass[3]) {
          out.write(0);
          int bits = 0;
          int filled = 0;
          for (int x = pass[0]; x < width; x += pass[2]) {
            for (int c = 0; c < channels(colourType); c++) {
              bits = bits << depth | sample.at(y, x, c);
              filled += depth;
              if (filled == 16) {
                out.write(bits >> 8);
              }
              if (filled >= 8) {
                out.write(bits);
                bits = 0;
                filled = 0;
              }
            }
          }
          if (filled > 0) {
            out.write(bits << (8 - filled));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return chunk("IDAT", packed.toByteArray());
  }

  PngFixture chunk(String type, byte[] data) {
    byte[] body = concat(type.getBytes(StandardCharsets.US_ASCII), data);
    CRC32 crc = new CRC32();
    crc.update(body);
    bytes.writeBytes(concat(int32(data.length), body, int32((int) crc.getValue())));
    return this;
  }

  byte[] end() {
    return chunk("IEND", new byte[0]).bytes.toByteArray();
  }

  static byte[] int32(int value) {
    return new byte[] {
      (byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value
    };
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(all)) {
      for (byte[] part : parts) {
        out.write(part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toByteArray();
  }
}
