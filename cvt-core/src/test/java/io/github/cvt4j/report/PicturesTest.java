package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.image.DecodeOptions;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.RgbImage;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PicturesTest {

  private static final Findings FINDINGS =
      new Findings(
          List.of("a", "a name that is much too long to be written out beside a matrix", "c"),
          new Answers(3).add(0, 0, 0.9, 1).add(1, 1, 0.9, 1).add(1, 2, 0.9, 3).evaluation(),
          List.of());

  private static int pixel(RgbImage image, int y, int x) {
    int at = 3 * (y * image.width() + x);
    byte[] p = image.pixels();
    return (p[at] & 0xff) << 16 | (p[at + 1] & 0xff) << 8 | (p[at + 2] & 0xff);
  }

  @Test
  void aHeatMapIsDarkWhereAnswersAre() {
    RgbImage map = HeatMap.of(FINDINGS, 2);
    assertThat(map.width()).isEqualTo(6);
    assertThat(pixel(map, 0, 0)).as("all of a class, right").isEqualTo(0x1f5fa8);
    assertThat(pixel(map, 1, 2)).as("nothing").isEqualTo(0xffffff);
    // Three quarters, wrong: 255 + (c - 255) * sqrt(0.75), truncated.
    assertThat(pixel(map, 3, 5)).isEqualTo(0xce7031);
  }

  @Test
  void aConfusionPictureHasRoomForNames() throws IOException {
    RgbImage picture =
        ImageDecoder.decode(ConfusionPicture.png(FINDINGS), "confusion", DecodeOptions.DEFAULT);
    assertThat(picture.width()).isBetween(3 * 44 + 40, 3 * 44 + 280);
    assertThat(picture.height()).isEqualTo(picture.width());
  }

  @Test
  void thumbnailsKeepProportionsAndSharpPixels() {
    RgbImage wide = Thumbnail.of(new RgbImage(100, 300, new byte[90_000]), 128);
    assertThat(wide.width()).isEqualTo(128);
    assertThat(wide.height()).isEqualTo(43);
    byte[] pixels = new byte[2 * 3 * 3];
    pixels[3 * 4] = 7; // row 1, column 1
    RgbImage large = Thumbnail.of(new RgbImage(2, 3, pixels), 10);
    assertThat(large.height()).isEqualTo(6);
    assertThat(large.width()).isEqualTo(9);
    assertThat(pixel(large, 3, 3)).isEqualTo(0x070000);
    assertThat(pixel(large, 5, 5)).isEqualTo(0x070000);
    assertThat(pixel(large, 2, 3)).isZero();
    assertThat(pixel(large, 3, 6)).isZero();
  }
}
