package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.data.Shapes;
import io.github.cvt4j.image.DecodeOptions;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.report.Findings.Answer;
import io.github.cvt4j.report.Findings.Bin;
import io.github.cvt4j.report.Findings.Calibration;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.train.TrainConfig;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PicturesTest {

  private static final Findings FINDINGS =
      new Findings(
          List.of("a", "a name that is much too long to be written out beside a matrix", "c"),
          4,
          0.5,
          1,
          1,
          List.of(new Answer(0, 0, 1), new Answer(1, 1, 1), new Answer(1, 2, 3)),
          new Calibration(0, List.of(new Bin(4, 1, 1))),
          List.of());

  private static int pixel(RgbImage image, int y, int x) {
    int at = 3 * (y * image.width() + x);
    byte[] p = image.pixels();
    return (p[at] & 0xff) << 16 | (p[at + 1] & 0xff) << 8 | p[at + 2] & 0xff;
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

  /** Without augmentation the sheet shows the pictures themselves, in the first epoch's order. */
  @Test
  void theSheetShowsWhatTheNetworkSees() {
    Experiment experiment =
        Experiment.defaults()
            .with(
                List.of(
                    "TRAIN.IMAGE_SIZE", "[32, 32]",
                    "TEST.IMAGE_SIZE", "[32, 32]",
                    "MODEL.NUM_CLASSES", "10",
                    "AUG.PAD_CROP", "2",
                    "AUG.HFLIP", "0"));
    Shapes pictures = new Shapes(Shapes.Part.TRAIN, 10, 32, 0);
    RgbImage sheet = AugmentedSheet.of(TrainConfig.of(experiment), pictures);
    assertThat(sheet.width()).isEqualTo(8 * 34 - 2);
    assertThat(sheet.height()).isEqualTo(2 * 34 - 2);
    assertThat(pixel(sheet, 0, 32)).as("the gap").isEqualTo(0x808080);
    assertThat(pixel(sheet, 40, 100)).as("no eleventh picture").isEqualTo(0x808080);
    RgbImage first = sheet.crop(0, 0, 32, 32);
    boolean found = false;
    for (int i = 0; i < 10 && !found; i++) {
      found = isShifted(pictures.image(i), first);
    }
    assertThat(found).as("the first picture is one of the data set's, shifted").isTrue();
  }

  /** Whether the middle of one picture is in the other, moved by 2 pixels at most. */
  private static boolean isShifted(RgbImage picture, RgbImage seen) {
    byte[] middle = seen.crop(2, 2, 28, 28).pixels();
    for (int y = 0; y <= 4; y++) {
      for (int x = 0; x <= 4; x++) {
        if (Arrays.equals(picture.crop(y, x, 28, 28).pixels(), middle)) {
          return true;
        }
      }
    }
    return false;
  }
}
