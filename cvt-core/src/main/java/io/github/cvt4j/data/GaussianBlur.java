package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.SpecException;
import java.util.random.RandomGenerator;

/**
 * Blurs as Pillow's {@code ImageFilter.GaussianBlur} does, byte for byte: three box blurs along
 * each axis, with boxes of fractional width (BoxBlur.c).
 *
 * @param low least standard deviation in pixels, at least 0
 * @param high greatest; drawn evenly
 */
public record GaussianBlur(double low, double high) implements Augment {

  private static final int PASSES = 3;

  public GaussianBlur {
    if (!(low >= 0 && low <= high && high <= 100)) {
      throw new SpecException(
          "blur %s to %s: expected 0 <= low <= high <= 100".formatted(low, high));
    }
  }

  /** SimCLR's range, which microsoft's build.py has: 0.1 to 2 pixels. */
  public static GaussianBlur usual() {
    return new GaussianBlur(0.1, 2);
  }

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    return blur(image, low + (high - low) * random.nextDouble());
  }

  static RgbImage blur(RgbImage image, double deviation) {
    Window window = Window.of((float) deviation);
    byte[] from = image.pixels();
    byte[] to = new byte[from.length];
    byte[] spare = new byte[from.length];
    for (int pass = 0; pass < 2 * PASSES; pass++) {
      if (pass < PASSES) {
        window.blurRows(from, to, image.height(), image.width());
      } else {
        window.blurColumns(from, to, image.height(), image.width());
      }
      byte[] next = pass == 0 ? spare : from; // the picture itself is never written to
      from = to;
      to = next;
    }
    return new RgbImage(image.height(), image.width(), from);
  }

  /**
   * A box of fractional width in 24-bit fixed point.
   *
   * @param radius pixels on each side that count fully
   * @param whole their weight
   * @param edge weight of the one beyond them on each side
   */
  private record Window(int radius, int whole, int edge) {

    private static final int ONE = 1 << 24;

    /** The box whose repeated blur has the deviation (Gwosdek et al. 2011), in single precision. */
    static Window of(float deviation) {
      float variance = deviation * deviation / PASSES;
      float length = (float) Math.sqrt(12.0 * variance + 1.0);
      float inner = (float) Math.floor((length - 1.0) / 2.0);
      float fraction = (2 * inner + 1) * (inner * (inner + 1) - 3 * variance);
      fraction /= 6 * (variance - (inner + 1) * (inner + 1));
      float radius = inner + fraction;
      int whole = (int) (ONE / (radius * 2 + 1));
      int covered = (int) radius;
      return new Window(covered, whole, (ONE - (covered * 2 + 1) * whole) / 2);
    }

    void blurRows(byte[] from, byte[] to, int height, int width) {
      for (int y = 0; y < height; y++) {
        for (int c = 0; c < 3; c++) {
          blur(from, to, y * width * 3 + c, 3, width);
        }
      }
    }

    void blurColumns(byte[] from, byte[] to, int height, int width) {
      for (int i = 0; i < width * 3; i++) {
        blur(from, to, i, width * 3, height);
      }
    }

    /** One line of one channel; what lies beyond its ends is as at the ends. */
    private void blur(byte[] from, byte[] to, int start, int step, int length) {
      int sum = 0;
      for (int x = -radius - 1; x < radius; x++) {
        sum += value(from, start, step, length, x);
      }
      for (int x = 0; x < length; x++) {
        int before = value(from, start, step, length, x - radius - 1);
        sum += value(from, start, step, length, x + radius) - before;
        int after = value(from, start, step, length, x + radius + 1);
        int total = sum * whole + (before + after) * edge; // up to 255 in the upper 8 bits
        to[start + x * step] = (byte) ((total + ONE / 2) >>> 24);
      }
    }

    private static int value(byte[] from, int start, int step, int length, int x) {
      return from[start + Math.max(0, Math.min(length - 1, x)) * step] & 0xff;
    }
  }
}
