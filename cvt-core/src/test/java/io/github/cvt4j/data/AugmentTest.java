package io.github.cvt4j.data;

import static io.github.cvt4j.data.Pictures.image;
import static io.github.cvt4j.data.Pictures.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.Golden;
import io.github.cvt4j.image.Box;
import io.github.cvt4j.image.Resample;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.weights.StateDict;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AugmentTest {

  private static final RandomResizedCrop CROP =
      RandomResizedCrop.usual(Size.square(8), Interpolation.BICUBIC);

  @Test
  void randomResizedCropSizesAreTimms() {
    List<Map<String, String>> rows = Golden.csv("aug/random_resized_crop.csv");
    assertThat(rows).hasSize(60);
    for (Map<String, String> row : rows) {
      int height = number(row, "image_height");
      int width = number(row, "image_width");
      Box box =
          RandomResizedCrop.corner(
              height,
              width,
              Double.parseDouble(row.get("area_fraction")),
              Double.parseDouble(row.get("aspect_ratio")));
      assertThat(box)
          .as("%s", row)
          .isEqualTo(new Box(0, 0, number(row, "crop_height"), number(row, "crop_width")));
      assertThat(box.height() <= height && box.width() <= width)
          .as("fits: %s", row)
          .isEqualTo(number(row, "fits") == 1);
    }
  }

  @Test
  void randomResizedCropFallsBackAsTimmDoes() {
    List<Map<String, String>> rows = Golden.csv("aug/random_resized_crop_fallback.csv");
    assertThat(rows).hasSize(27);
    for (Map<String, String> row : rows) {
      assertThat(CROP.fallback(number(row, "image_height"), number(row, "image_width")))
          .as("%s", row)
          .isEqualTo(
              new Box(
                  number(row, "top"),
                  number(row, "left"),
                  number(row, "height"),
                  number(row, "width")));
    }
  }

  @Test
  void cropThenResizeIsTorchvisions() {
    StateDict golden = Golden.read("aug/resized_crop.safetensors");
    RgbImage input = image(golden.get("input"));
    for (Map<String, String> row : Golden.csv("aug/resized_crop.csv")) {
      Box box =
          new Box(
              number(row, "top"), number(row, "left"), number(row, "height"), number(row, "width"));
      for (Interpolation kernel : Interpolation.values()) {
        String name = row.get("tensor_prefix") + "." + kernel.name().toLowerCase(Locale.ROOT);
        RgbImage result =
            Resample.cropThenResize(
                input, box, number(row, "out_height"), number(row, "out_width"), kernel);
        assertThat(result.pixels()).as(name).isEqualTo(image(golden.get(name)).pixels());
      }
    }
  }

  @Test
  void randomResizedCropStaysInsideAndKeepsItsRanges() {
    SplittableRandom random = new SplittableRandom(1);
    double area = 0;
    for (int i = 0; i < 2000; i++) {
      Box box = CROP.draw(120, 160, random);
      assertThat(box.top() + box.height()).isLessThanOrEqualTo(120);
      assertThat(box.left() + box.width()).isLessThanOrEqualTo(160);
      assertThat((double) box.width() / box.height()).isBetween(0.7, 1.4);
      area += box.height() * box.width() / (120.0 * 160);
    }
    // Evenly from 0.08 to 1 would give 0.54; large ones fit less often.
    assertThat(area / 2000).isBetween(0.42, 0.54);
  }

  @Test
  void randomResizedCropOfTheWholePictureOnlyResizes() {
    RgbImage input = noise(9, 9, 3);
    var one = new RandomResizedCrop.Range(1, 1);
    var crop = new RandomResizedCrop(new Size(5, 7), one, one, Interpolation.BILINEAR);
    assertThat(crop.apply(input, new SplittableRandom(0)).pixels())
        .isEqualTo(Resample.resize(input, 5, 7, Interpolation.BILINEAR).pixels());
  }

  @Test
  void randomResizedCropTakesTheSmallestPictures() {
    SplittableRandom random = new SplittableRandom(2);
    for (RgbImage input : List.of(noise(1, 1, 0), noise(1, 50, 0), noise(50, 1, 0))) {
      RgbImage result = CROP.apply(input, random);
      assertThat(result.size()).isEqualTo(Size.square(8));
    }
  }

  @Test
  void padCropMovesThePictureOverBlack() {
    RgbImage input = noise(4, 5, 7);
    for (int down = -6; down <= 6; down++) {
      for (int right = -6; right <= 6; right++) {
        RgbImage moved = PadCrop.shifted(input, down, right);
        for (int y = 0; y < 4; y++) {
          for (int x = 0; x < 5; x++) {
            boolean inside = y + down >= 0 && y + down < 4 && x + right >= 0 && x + right < 5;
            byte expected = inside ? input.pixels()[((y + down) * 5 + x + right) * 3 + 1] : 0;
            assertThat(moved.pixels()[(y * 5 + x) * 3 + 1])
                .as("row %d, column %d, moved by %d, %d", y, x, down, right)
                .isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void padCropDrawsEveryPlaceAndLeavesItsInputAlone() {
    RgbImage input = noise(3, 3, 5);
    byte[] before = input.pixels().clone();
    SplittableRandom random = new SplittableRandom(4);
    Set<List<Byte>> seen = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      byte[] pixels = new PadCrop(1).apply(input, random).pixels();
      seen.add(List.of(pixels[0], pixels[12], pixels[24]));
    }
    assertThat(seen).hasSize(9);
    assertThat(input.pixels()).isEqualTo(before);
  }

  @Test
  void flipMirrorsHalfOfThePictures() {
    RgbImage input = noise(2, 3, 6);
    SplittableRandom random = new SplittableRandom(5);
    int flipped = 0;
    for (int i = 0; i < 1000; i++) {
      if (!Arrays.equals(new HorizontalFlip(0.5).apply(input, random).pixels(), input.pixels())) {
        flipped++;
      }
    }
    assertThat((double) flipped).isCloseTo(500, within(60.0));
    assertThat(new HorizontalFlip(0).apply(input, random)).isSameAs(input);
    assertThat(new HorizontalFlip(1).apply(input, random).pixels())
        .isEqualTo(input.flipped().pixels());
  }

  @Test
  void verticalFlipTurnsUpsideDown() {
    RgbImage input = noise(3, 2, 9);
    byte[] turned = new VerticalFlip(1).apply(input, new SplittableRandom(0)).pixels();
    byte[] pixels = input.pixels();
    for (int i = 0; i < 6; i++) {
      assertThat(turned[i]).isEqualTo(pixels[12 + i]);
      assertThat(turned[6 + i]).isEqualTo(pixels[6 + i]);
      assertThat(turned[12 + i]).isEqualTo(pixels[i]);
    }
    assertThat(new VerticalFlip(0).apply(input, new SplittableRandom(0))).isSameAs(input);
  }

  @Test
  void randomCropReachesEveryPlace() {
    RgbImage input = noise(4, 3, 10);
    SplittableRandom random = new SplittableRandom(6);
    Set<Byte> corners = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      RgbImage part = new RandomCrop(new Size(2, 2)).apply(input, random);
      assertThat(part.size()).isEqualTo(new Size(2, 2));
      corners.add(part.pixels()[0]);
    }
    assertThat(corners).hasSize(6);
    assertThat(new RandomCrop(new Size(9, 9)).apply(input, random).pixels())
        .isEqualTo(input.pixels());
  }

  @Test
  void sometimesSparesTheOthers() {
    RgbImage input = noise(2, 2, 11);
    SplittableRandom random = new SplittableRandom(7);
    int done = 0;
    for (int i = 0; i < 1000; i++) {
      if (!new Sometimes(0.2, new Grayscale()).apply(input, random).equals(input)) {
        done++;
      }
    }
    assertThat((double) done).isCloseTo(200, within(50.0));
  }

  @Test
  void warpLeavesPicturesOfTheRightSizeAlone() {
    RgbImage input = noise(4, 6, 8);
    SplittableRandom random = new SplittableRandom(0);
    assertThat(new Warp(new Size(4, 6), Interpolation.BICUBIC).apply(input, random))
        .isSameAs(input);
    assertThat(new Warp(new Size(6, 4), Interpolation.BICUBIC).apply(input, random).size())
        .isEqualTo(new Size(6, 4));
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new PadCrop(-1))
        .isInstanceOf(SpecException.class)
        .hasMessage("crop padding -1: expected 0 to 1024");
    assertThatThrownBy(() -> new HorizontalFlip(Double.NaN))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("flip probability NaN");
    assertThatThrownBy(() -> new RandomResizedCrop.Range(0, 1))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("range 0.0 to 1.0");
    var tooLarge = new RandomResizedCrop.Range(0.5, 1.5);
    assertThatThrownBy(
            () ->
                new RandomResizedCrop(
                    Size.square(8), tooLarge, RandomResizedCrop.USUAL_RATIO, Interpolation.BICUBIC))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("crop scale 1.5");
  }

  private static int number(Map<String, String> row, String column) {
    return Integer.parseInt(row.get(column));
  }
}
