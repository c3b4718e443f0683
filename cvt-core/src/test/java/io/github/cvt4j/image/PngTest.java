package io.github.cvt4j.image;

import static io.github.cvt4j.image.GoldenImages.assertEqual;
import static io.github.cvt4j.image.PngFixture.GRAY;
import static io.github.cvt4j.image.PngFixture.GRAY_ALPHA;
import static io.github.cvt4j.image.PngFixture.PALETTE;
import static io.github.cvt4j.image.PngFixture.RGB;
import static io.github.cvt4j.image.PngFixture.RGBA;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PngTest {

  static Stream<Arguments> kinds() {
    List<Arguments> kinds = new ArrayList<>();
    for (boolean interlaced : new boolean[] {false, true}) {
      for (int depth : new int[] {1, 2, 4, 8, 16}) {
        kinds.add(Arguments.of(GRAY, depth, interlaced));
        if (depth <= 8) {
          kinds.add(Arguments.of(PALETTE, depth, interlaced));
        } else {
          kinds.add(Arguments.of(RGB, depth, interlaced));
        }
        if (depth >= 8) {
          kinds.add(Arguments.of(GRAY_ALPHA, depth, interlaced));
          kinds.add(Arguments.of(RGBA, depth, interlaced));
        }
      }
      kinds.add(Arguments.of(RGB, 8, interlaced));
    }
    return kinds.stream();
  }

  @ParameterizedTest(name = "colour type {0}, {1} bits, interlaced {2}")
  @MethodSource("kinds")
  void readsEveryColourTypeAndDepth(int colourType, int depth, boolean interlaced) {
    int height = 11;
    int width = 13;
    byte[] palette = new byte[3 << Math.min(depth, 8)];
    for (int i = 0; i < palette.length; i++) {
      palette[i] = (byte) (i * 83 + 7);
    }
    PngFixture file = new PngFixture().header(height, width, depth, colourType, interlaced);
    if (colourType == PALETTE) {
      file.chunk("PLTE", palette).chunk("tRNS", new byte[] {0});
    }
    if (colourType == GRAY) {
      file.chunk("tRNS", new byte[] {0, 0});
    }
    if (colourType == RGB) {
      file.chunk("tRNS", new byte[6]);
    }
    byte[] bytes =
        file.data(height, width, depth, colourType, interlaced, (y, x, c) -> sample(y, x, c, depth))
            .end();

    byte[] expected = new byte[height * width * 3];
    for (int i = 0; i < expected.length; i++) {
      int y = i / 3 / width;
      int x = i / 3 % width;
      int channel = colourType == RGB || colourType == RGBA ? i % 3 : 0;
      int sample = sample(y, x, channel, depth);
      if (colourType == PALETTE) {
        expected[i] = palette[3 * sample + i % 3];
      } else {
        expected[i] = (byte) (depth == 16 ? sample >> 8 : sample * 255 / ((1 << depth) - 1));
      }
    }
    assertEqual(decode(bytes), new RgbImage(height, width, expected), "PNG");
  }

  private static int sample(int y, int x, int c, int depth) {
    return (((y * 7919 + x * 104729 + c * 1299709) * 2654435) >>> 8) & ((1 << depth) - 1);
  }

  @Test
  void readsSizesSmallerThanAnInterlacePass() {
    for (int height = 1; height <= 5; height++) {
      for (int width = 1; width <= 5; width++) {
        byte[] plain = rgb(height, width, false).end();
        byte[] interlaced = rgb(height, width, true).end();
        assertEqual(decode(interlaced), decode(plain), height + "x" + width);
      }
    }
  }

  @Test
  void aBrokenProfileOrTextDoesNotMatter() {
    byte[] plain = rgb(4, 6, false).end();
    byte[] rubbish = {1, 2, 3, 0, 0, 42, 42, 42};
    byte[] decorated =
        new PngFixture()
            .header(4, 6, 8, RGB, false)
            .chunk("iCCP", rubbish)
            .chunk("zTXt", rubbish)
            .chunk("iTXt", rubbish)
            .chunk("gAMA", rubbish)
            .chunk("pHYs", new byte[0])
            .data(4, 6, 8, RGB, false, (y, x, c) -> sample(y, x, c, 8))
            .chunk("tIME", rubbish)
            .end();
    assertEqual(decode(decorated), decode(plain), "decorated PNG");
  }

  @Test
  void aMissingEndMarkerDoesNotMatter() {
    byte[] whole = rgb(4, 6, false).end();
    byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 12);
    assertEqual(decode(cut), decode(whole), "PNG without IEND");
  }

  private static PngFixture rgb(int height, int width, boolean interlaced) {
    return new PngFixture()
        .header(height, width, 8, RGB, interlaced)
        .data(height, width, 8, RGB, interlaced, (y, x, c) -> sample(y, x, c, 8));
  }

  private static RgbImage decode(byte[] bytes) {
    return ImageDecoder.decode(bytes, "test.png", DecodeOptions.DEFAULT);
  }
}
