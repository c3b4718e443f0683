package io.github.cvt4j.image;

import static io.github.cvt4j.image.GoldenImages.assertEqual;
import static io.github.cvt4j.image.ResampleTest.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.Preprocess.Resize;
import io.github.cvt4j.spec.Size;
import java.nio.BufferOverflowException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreprocessorTest {

  private static Preprocess crop(Size size, double ratio) {
    return new Preprocess(
        size,
        Resize.CROP,
        ratio,
        Interpolation.BICUBIC,
        Preprocess.IMAGENET_MEAN,
        Preprocess.IMAGENET_STD);
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,1000", "1000,1", "3,16384", "224,224", "257,255"})
  void anyShapeOfPictureIsTaken(int height, int width) {
    RgbImage picture = noise(height, width);
    for (Resize resize : Resize.values()) {
      Preprocess spec = crop(Size.square(224), 0.875).withResize(resize);
      assertThat(new Preprocessor(spec).view(picture).size()).isEqualTo(Size.square(224));
    }
  }

  @ParameterizedTest
  @CsvSource({
    // picture (height, width), target, resized (height, width), origin (top, left)
    "400,400, 64x128, 128,128, 32,0",
    "400,800, 64x128, 64,128, 0,0",
    "300,800, 64x128, 64,170, 0,21",
    "90,50, 128x64, 128,71, 0,4",
    "50,90, 128x64, 128,230, 0,83",
  })
  void rectanglesAreCoveredWithProportionsKept(
      int height, int width, String target, int tall, int wide, int top, int left) {
    Size size = Size.parse(target);
    assertThat(Preprocessor.Cut.of(crop(size, 1), height, width))
        .isEqualTo(
            new Preprocessor.Cut(tall, wide, new Box(top, left, size.height(), size.width())));
  }

  @Test
  void theViewOfAnImageOfTheSizeIsItself() {
    RgbImage picture = noise(32, 48);
    Size size = picture.size();
    assertEqual(new Preprocessor(crop(size, 1)).view(picture), picture, "crop");
    assertEqual(
        new Preprocessor(crop(size, 1).withResize(Resize.WARP)).view(picture), picture, "warp");
  }

  /** In a picture that is as bright as its columns' numbers, the view's columns tell theirs. */
  @Test
  void whatIsSeenIsToldInPixelsOfThePicture() {
    byte[] pixels = new byte[3 * 150 * 200];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i / 3 % 200);
    }
    RgbImage picture = new RgbImage(150, 200, pixels);
    Preprocessor preprocessor = new Preprocessor(crop(Size.square(64), 0.8));
    Area seen = preprocessor.seen(picture.size());
    RgbImage view = preprocessor.view(picture);
    for (int column = 1; column < 63; column++) {
      double centre = seen.x() + (column + 0.5) * seen.width() / 64 - 0.5;
      assertThat((double) (view.pixels()[3 * column] & 0xff))
          .as("column %d", column)
          .isBetween(centre - 0.6, centre + 0.6);
    }
    assertThat(seen.y()).as("the crop's margin, a tenth of 150").isBetween(14.0, 16.0);
    assertThat(seen.height()).isBetween(119.0, 121.0);
    assertThat(
            new Preprocessor(crop(Size.square(64), 0.8).withResize(Resize.WARP))
                .seen(picture.size()))
        .isEqualTo(new Area(0, 0, 200, 150));
  }

  @Test
  void aNegligibleCropRatioIsRefusedNotOverflown() {
    assertThatThrownBy(() -> new Preprocessor(crop(Size.square(224), 1e-300)).view(noise(3, 5)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("too long and thin");
  }

  @Test
  void normalizesIntoABatchWhereTheBufferStands() {
    Preprocess spec =
        new Preprocess(
            new Size(2, 1),
            Resize.WARP,
            1,
            Interpolation.BILINEAR,
            List.of(0.0, 0.5, 1.0),
            List.of(1.0, 0.5, 2.0));
    RgbImage view = new RgbImage(2, 1, new byte[] {0, 0, 0, -1, -1, -1});
    float[] batch = new float[3 + 6 + 2];
    FloatBuffer out = FloatBuffer.wrap(batch).position(3);
    new Preprocessor(spec).normalize(view, out);
    assertThat(out.position()).isEqualTo(9);
    assertThat(batch).containsExactly(0, 0, 0, 0, 1, -1, 1, -0.5f, 0, 0, 0);
    assertThatThrownBy(() -> new Preprocessor(spec).normalize(view, out))
        .isInstanceOf(BufferOverflowException.class);
  }

  @Test
  void threadsDoNotDisturbEachOther() {
    Preprocessor preprocessor = new Preprocessor(Preprocess.standard(Size.square(224)));
    List<String> files =
        List.of("jpg_rgb_500x375.jpg", "jpg_cmyk_333x500.jpg", "p_333x500.png", "rgb_20x30.png");
    List<float[]> alone = files.stream().map(file -> input(preprocessor, file)).toList();
    IntStream.range(0, 32)
        .parallel()
        .forEach(
            i ->
                assertThat(input(preprocessor, files.get(i % 4)))
                    .as(files.get(i % 4))
                    .isEqualTo(alone.get(i % 4)));
  }

  private static float[] input(Preprocessor preprocessor, String file) {
    return preprocessor.apply(ImageDecoder.decode(Golden.path("preproc/" + file)));
  }
}
