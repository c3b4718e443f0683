package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.Golden;
import io.github.cvt4j.data.RandomErasing.Mode;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class EraserTest {

  private static final float UNTOUCHED = 9;

  private static float[] erased(Eraser eraser, Size size, SplittableRandom random) {
    float[] picture = new float[3 * size.height() * size.width()];
    Arrays.fill(picture, UNTOUCHED);
    eraser.apply(FloatBuffer.wrap(picture), size, random);
    return picture;
  }

  /** Positions of a channel that were written to. */
  private static Set<Integer> changed(float[] picture, int channel) {
    int area = picture.length / 3;
    Set<Integer> changed = new TreeSet<>();
    for (int i = 0; i < area; i++) {
      if (picture[channel * area + i] != UNTOUCHED) {
        changed.add(i);
      }
    }
    return changed;
  }

  @Test
  void erasedRectanglesAreTimms() {
    List<Map<String, String>> rows = Golden.csv("aug/random_erasing.csv");
    assertThat(rows).hasSize(60);
    for (Map<String, String> row : rows) {
      Size size = new Size(number(row, "image_height"), number(row, "image_width"));
      double fraction = Double.parseDouble(row.get("area_fraction"));
      double ratio = Double.parseDouble(row.get("aspect_ratio"));
      assertThat(RandomErasing.patch(size, fraction, ratio))
          .as("%s", row)
          .isEqualTo(new Size(number(row, "erase_height"), number(row, "erase_width")));
    }
  }

  @Test
  void aRectangleThatFillsAWholeSideIsRefused() {
    assertThat(RandomErasing.patch(Size.square(10), 0.3, 1 / 0.3)).isNull(); // 10 x 3
    assertThat(RandomErasing.patch(Size.square(10), 0.3, 0.3)).isNull();
    assertThat(RandomErasing.patch(Size.square(1), 0.3, 1)).isNull();
    assertThat(RandomErasing.patch(Size.square(10), 0.25, 1)).isEqualTo(Size.square(5));
  }

  @Test
  void modesDifferInWhatTheyWrite() {
    Size size = new Size(24, 31);
    float[] flat =
        erased(new RandomErasing(1, Mode.CONST, 1, false), size, new SplittableRandom(1));
    assertThat(distinct(flat)).containsExactlyInAnyOrder(0f, UNTOUCHED);
    float[] colour =
        erased(new RandomErasing(1, Mode.RAND, 1, false), size, new SplittableRandom(1));
    assertThat(distinct(colour)).as("a colour of three channels").hasSize(4);
    float[] noise =
        erased(new RandomErasing(1, Mode.PIXEL, 1, false), size, new SplittableRandom(1));
    int area = changed(noise, 0).size();
    assertThat(distinct(noise)).hasSizeGreaterThan(2 * area);
    assertThat(changed(noise, 1)).isEqualTo(changed(noise, 0));
    assertThat(changed(noise, 2)).isEqualTo(changed(noise, 0));
    assertThat(changed(colour, 0)).isEqualTo(changed(flat, 0)).hasSize(area);
    assertThat(area / (24.0 * 31)).isBetween(0.015, 0.36);
  }

  @Test
  void noiseIsNormal() {
    double sum = 0;
    double squares = 0;
    int count = 0;
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 20; i++) {
      float[] noise = erased(new RandomErasing(1, Mode.PIXEL, 1, false), Size.square(64), random);
      for (float value : noise) {
        if (value != UNTOUCHED) {
          sum += value;
          squares += value * value;
          count++;
        }
      }
    }
    assertThat(sum / count).isCloseTo(0, within(0.03));
    assertThat(squares / count).isCloseTo(1, within(0.03));
  }

  @Test
  void severalRectanglesShareTheArea() {
    SplittableRandom random = new SplittableRandom(3);
    int erasedOnce = 0;
    for (int i = 0; i < 200; i++) {
      Set<Integer> changed =
          changed(erased(new RandomErasing(1, Mode.CONST, 5, false), Size.square(40), random), 0);
      assertThat(changed.size() / 1600.0).isBetween(0.01, 0.36);
      erasedOnce += changed.size();
    }
    assertThat(erasedOnce / 200.0 / 1600).isBetween(0.1, 0.2);
  }

  @Test
  void someAreSpared() {
    SplittableRandom random = new SplittableRandom(4);
    int erased = 0;
    for (int i = 0; i < 2000; i++) {
      float[] picture =
          erased(new RandomErasing(0.25, Mode.CONST, 1, false), Size.square(16), random);
      erased += changed(picture, 0).isEmpty() ? 0 : 1;
    }
    assertThat(erased / 2000.0).isCloseTo(0.25, within(0.04));
  }

  @Test
  void cutoutIsASquareThatMayReachBeyondThePicture() {
    SplittableRandom random = new SplittableRandom(5);
    Set<Integer> sizes = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      float[] picture = erased(new Cutout(4), new Size(9, 7), random);
      Set<Integer> changed = changed(picture, 0);
      assertThat(changed(picture, 2)).isEqualTo(changed);
      assertThat(distinct(picture)).containsExactlyInAnyOrder(0f, UNTOUCHED);
      sizes.add(changed.size());
    }
    assertThat(sizes).containsExactlyInAnyOrder(16, 12, 8, 9, 6, 4);
    assertThat(changed(erased(new Cutout(100), new Size(3, 5), random), 1)).hasSize(15);
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new RandomErasing(1.5, Mode.PIXEL, 1, false))
        .isInstanceOf(SpecException.class)
        .hasMessage("erasing probability 1.5: expected 0 to 1");
    assertThatThrownBy(() -> new RandomErasing(0.5, Mode.PIXEL, 0, false))
        .isInstanceOf(SpecException.class)
        .hasMessage("erasing count 0: expected 1 to 100");
    assertThatThrownBy(() -> new Cutout(-3))
        .isInstanceOf(SpecException.class)
        .hasMessage("cutout of -3 pixels: expected 1 to 16384");
  }

  private static Set<Float> distinct(float[] values) {
    Set<Float> distinct = new HashSet<>();
    for (float value : values) {
      distinct.add(value);
    }
    return distinct;
  }

  private static int number(Map<String, String> row, String column) {
    return Integer.parseInt(row.get(column));
  }
}
