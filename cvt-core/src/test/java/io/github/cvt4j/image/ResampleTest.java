package io.github.cvt4j.image;

import static io.github.cvt4j.image.GoldenImages.assertEqual;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.spec.Preprocess.Interpolation;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What golden/preproc does not reach: parts of images, awkward sizes, refusals. */
class ResampleTest {

  static RgbImage noise(int height, int width) {
    byte[] pixels = new byte[height * width * 3];
    new Random(height * 31L + width).nextBytes(pixels);
    return new RgbImage(height, width, pixels);
  }

  @ParameterizedTest
  @EnumSource(Interpolation.class)
  void partsEqualTheWhole(Interpolation kernel) {
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      RgbImage in = noise(1 + random.nextInt(40), 1 + random.nextInt(40));
      int height = random.nextInt(4) == 0 ? in.height() : 1 + random.nextInt(60);
      int width = random.nextInt(4) == 0 ? in.width() : 1 + random.nextInt(60);
      RgbImage whole = Resample.resize(in, height, width, kernel);
      Box box = box(random, height, width);
      assertEqual(
          Resample.resizeThenCrop(in, height, width, box, kernel),
          whole.crop(box.top(), box.left(), box.height(), box.width()),
          in.size() + " to " + whole.size() + " " + box);
      Box source = box(random, in.height(), in.width());
      RgbImage cropped = in.crop(source.top(), source.left(), source.height(), source.width());
      assertEqual(
          Resample.cropThenResize(in, source, height, width, kernel),
          Resample.resize(cropped, height, width, kernel),
          source + " to " + whole.size());
    }
  }

  private static Box box(Random random, int height, int width) {
    int top = random.nextInt(height);
    int left = random.nextInt(width);
    return new Box(top, left, 1 + random.nextInt(height - top), 1 + random.nextInt(width - left));
  }

  @ParameterizedTest
  @EnumSource(Interpolation.class)
  void wideImagesEqualTheirParts(Interpolation kernel) {
    RgbImage in = noise(9, 1300);
    RgbImage whole = Resample.resize(in, 5, 1300, kernel);
    for (int left = 0; left < 1300; left += 130) {
      assertEqual(
          whole.crop(0, left, 5, 130),
          Resample.cropThenResize(in, new Box(0, left, 9, 130), 5, 130, kernel),
          "columns from " + left);
    }
  }

  @ParameterizedTest
  @EnumSource(Interpolation.class)
  void oneColourStaysThatColour(Interpolation kernel) {
    for (int value : new int[] {0, 1, 128, 254, 255}) {
      byte[] pixels = new byte[7 * 3 * 3];
      java.util.Arrays.fill(pixels, (byte) value);
      for (int[] size : new int[][] {{1, 1}, {40, 2}, {2, 50}, {300, 300}}) {
        RgbImage out = Resample.resize(new RgbImage(7, 3, pixels), size[0], size[1], kernel);
        for (byte pixel : out.pixels()) {
          assertThat(pixel & 0xff).isEqualTo(value);
        }
      }
    }
  }

  @Test
  void aSinglePixelFillsTheTarget() {
    RgbImage pixel = new RgbImage(1, 1, new byte[] {10, (byte) 200, 30});
    RgbImage out = Resample.resize(pixel, 3, 2, Interpolation.BICUBIC);
    assertThat(out.pixels())
        .containsExactly(
            10, -56, 30, 10, -56, 30, 10, -56, 30, 10, -56, 30, 10, -56, 30, 10, -56, 30);
  }

  @Test
  void boxesBeyondTheImageAreRefused() {
    RgbImage in = noise(4, 5);
    assertThatThrownBy(
            () -> Resample.cropThenResize(in, new Box(1, 0, 4, 5), 2, 2, Interpolation.BILINEAR))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(
            () -> Resample.resizeThenCrop(in, 8, 8, new Box(0, 5, 8, 4), Interpolation.BILINEAR))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> Resample.resize(in, 0, 8, Interpolation.BILINEAR))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
