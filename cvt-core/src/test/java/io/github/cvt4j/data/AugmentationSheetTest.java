package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AugmentationSheetTest {

  private static final Transform PLAIN = Transform.evaluation(Preprocess.standard(new Size(5, 7)));

  private static int value(RgbImage sheet, int y, int x) {
    return sheet.pixels()[(y * sheet.width() + x) * 3 + 1] & 0xff;
  }

  @Test
  void everyRowIsOneSampleBackFromFloats() {
    RgbImage sheet =
        AugmentationSheet.of(
            Pictures.numbered(200, 9),
            PLAIN,
            Optional.empty(),
            new AugmentationSheet.Grid(100, 3),
            1);
    for (int row = 0; row < 100; row++) {
      for (int column = 0; column < 3; column++) {
        assertThat(value(sheet, row * 7 + 4, column * 9 + 5)).isEqualTo(row);
      }
    }
    assertThat(sheet.size()).isEqualTo(new Size(100 * 7 + 2, 3 * 9 + 2));
    assertThat(value(sheet, 0, 0)).as("the gap").isEqualTo(255);
    assertThat(value(sheet, 7, 4)).as("the gap").isEqualTo(255);
  }

  @Test
  void everyColumnIsAnotherDraw() {
    Transform holes =
        Transform.training(
            Preprocess.standard(Size.square(8)), Augment.chain(List.of()), List.of(new Cutout(2)));
    Dataset three = Pictures.numbered(3, 8, 0, 1, 2);
    AugmentationSheet.Grid grid = new AugmentationSheet.Grid(4, 4);
    RgbImage sheet = AugmentationSheet.of(three, holes, Optional.empty(), grid, 1);
    assertThat(sheet.size()).as("no more rows than pictures").isEqualTo(new Size(32, 42));
    Set<List<Integer>> draws = new HashSet<>();
    for (int column = 0; column < 4; column++) {
      List<Integer> values = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        values.add(value(sheet, 2 + i / 8, 2 + column * 10 + i % 8));
      }
      assertThat(values).as("black, and holes of the mean colour").containsOnly(0, 116);
      draws.add(values);
    }
    assertThat(draws).hasSizeGreaterThan(2);
    assertThat(AugmentationSheet.of(three, holes, Optional.empty(), grid, 1).pixels())
        .isEqualTo(sheet.pixels());
  }

  @Test
  void sheetsAreBounded() {
    Transform large = Transform.evaluation(Preprocess.standard(Size.square(2048)));
    assertThatThrownBy(
            () ->
                AugmentationSheet.of(
                    Pictures.numbered(8, 8),
                    large,
                    Optional.empty(),
                    new AugmentationSheet.Grid(8, 8),
                    1))
        .isInstanceOf(SpecException.class)
        .hasMessage(
            "a sheet of 16402 x 16402 pixels: expected at most 100000000 in all, so fewer rows or columns");
    assertThatThrownBy(() -> new AugmentationSheet.Grid(0, 8))
        .isInstanceOf(SpecException.class)
        .hasMessage("a sheet of 0 x 8 pictures: expected 1 to 100 each");
  }
}
