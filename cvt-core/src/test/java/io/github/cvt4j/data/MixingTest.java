package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.Golden;
import io.github.cvt4j.data.Mixing.Mode;
import io.github.cvt4j.image.Box;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.StateDict;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MixingTest {

  private static final StateDict GOLDEN = Golden.read("aug/mix.safetensors");
  private static final Size SIZE = new Size(6, 8);
  private static final int FLOATS = 3 * 6 * 8;

  private static float[] floats(String name) {
    HostTensor tensor = GOLDEN.get(name);
    float[] values = new float[(int) tensor.elements()];
    tensor.data().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  private static double number(String name) {
    return GOLDEN.get(name).data().order(ByteOrder.LITTLE_ENDIAN).getDouble(0);
  }

  private static long[] integers(String name) {
    HostTensor tensor = GOLDEN.get(name);
    long[] values = new long[(int) tensor.elements()];
    tensor.data().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(values);
    return values;
  }

  @ParameterizedTest
  @ValueSource(strings = {"mixup", "mixup_nosmooth", "cutmix", "cutmix_edge"})
  void equalsTimmsMixup(String name) {
    Size size = Size.square(16);
    Share share;
    if (name.startsWith("cutmix")) {
      long[] box = integers(name + ".box_yl_yh_xl_xh");
      share = Share.cut(size, (int) box[0], (int) box[1], (int) box[2], (int) box[3]);
      assertThat(share.own()).isEqualTo(number(name + ".lam_effective"));
    } else {
      share = Share.sum(number(name + ".lam"));
    }
    Share[] shares = {share, share, share, share};
    float[] batch = floats("input");
    Mixing.mix(FloatBuffer.wrap(batch), shares, size);
    assertThat(batch).containsExactly(floats(name + ".output"), within(1e-6f));

    Mixing mixing = mixing(1, 0, Mode.BATCH, 10, number(name + ".smoothing"));
    assertThat(mixing.targets(integers("targets"), shares))
        .containsExactly(floats(name + ".targets"), within(1e-6f));
  }

  @Test
  void cutmixRectanglesAreTimms() {
    List<Map<String, String>> rows = Golden.csv("aug/cutmix_box.csv");
    assertThat(rows).hasSize(60);
    for (Map<String, String> row : rows) {
      Size size = new Size(column(row, "height"), column(row, "width"));
      Share share =
          Share.around(
              size,
              Double.parseDouble(row.get("lam")),
              column(row, "center_y"),
              column(row, "center_x"));
      int top = column(row, "yl");
      int left = column(row, "xl");
      assertThat(share.cut())
          .as("%s", row)
          .isEqualTo(new Box(top, left, column(row, "yh") - top, column(row, "xh") - left));
      assertThat(share.own())
          .as("%s", row)
          .isCloseTo(Double.parseDouble(row.get("lam_corrected")), within(1e-12));
    }
  }

  private static int column(Map<String, String> row, String name) {
    return Integer.parseInt(row.get(name));
  }

  private static Mixing mixing(
      double mixup, double cutmix, Mode mode, int classes, double smoothing) {
    Mixing.Ways ways = new Mixing.Ways(mixup, cutmix, Optional.empty(), 0.5);
    return new Mixing(new Mixing.Options(ways, 1, mode, 0), classes, smoothing);
  }

  /** Picture i is all i; so a value tells what it was mixed from. */
  private static float[] numbered(int pictures) {
    float[] batch = new float[pictures * FLOATS];
    for (int i = 0; i < pictures; i++) {
      Arrays.fill(batch, i * FLOATS, (i + 1) * FLOATS, i);
    }
    return batch;
  }

  private static long[] labels(int pictures) {
    long[] labels = new long[pictures];
    Arrays.setAll(labels, i -> i);
    return labels;
  }

  /** A picture's own part as its pixels have it; they are numbers of pictures. */
  private static double ownPart(float[] batch, int picture, int partner) {
    double sum = 0;
    for (int i = 0; i < FLOATS; i++) {
      sum += batch[picture * FLOATS + i];
    }
    return (sum / FLOATS - partner) / (picture - partner);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void targetsAreMixedAsThePixelsAre(Mode mode) {
    for (Mixing mixing :
        List.of(mixing(0.8, 0, mode, 7, 0), mixing(0, 1, mode, 7, 0), mixing(0.8, 1, mode, 7, 0))) {
      SplittableRandom random = new SplittableRandom(9);
      Set<Double> parts = new HashSet<>();
      for (int trial = 0; trial < 20; trial++) {
        float[] batch = numbered(7);
        float[] targets = mixing.apply(FloatBuffer.wrap(batch), labels(7), SIZE, 0, random);
        for (int i = 0; i < 7; i++) {
          int partner = 6 - i;
          if (i != partner) {
            double own = ownPart(batch, i, partner);
            assertThat(targets[i * 7 + i]).as("%s", mixing).isCloseTo((float) own, within(1e-5f));
            assertThat(targets[i * 7 + partner]).isCloseTo((float) (1 - own), within(1e-5f));
            parts.add(Math.rint(own * 1e4));
          } else {
            assertThat(targets[i * 7 + i]).isCloseTo(1, within(1e-6f));
          }
        }
      }
      assertThat(parts).as("%s: different parts", mode).hasSizeGreaterThan(5);
    }
  }

  @Test
  void modesShareDraws() {
    float[] batch = mixed(Mode.BATCH, 6);
    double first = ownPart(batch, 0, 5);
    for (int i = 1; i < 6; i++) {
      assertThat(ownPart(batch, i, 5 - i)).isCloseTo(first, within(1e-5));
    }
    batch = mixed(Mode.PAIR, 6);
    for (int i = 0; i < 3; i++) {
      assertThat(ownPart(batch, i, 5 - i)).isCloseTo(ownPart(batch, 5 - i, i), within(1e-5));
    }
    assertThat(ownPart(batch, 1, 4)).isNotCloseTo(ownPart(batch, 0, 5), within(1e-5));
    batch = mixed(Mode.ELEM, 6);
    assertThat(ownPart(batch, 0, 5)).isNotCloseTo(ownPart(batch, 5, 0), within(1e-5));
  }

  private static float[] mixed(Mode mode, int pictures) {
    float[] batch = numbered(pictures);
    mixing(1, 0, mode, pictures, 0)
        .apply(FloatBuffer.wrap(batch), labels(pictures), SIZE, 0, new SplittableRandom(21));
    return batch;
  }

  @Test
  void switchesBetweenBoth() {
    Mixing.Ways ways = new Mixing.Ways(1, 1, Optional.empty(), 0.3);
    Mixing mixing = new Mixing(new Mixing.Options(ways, 1, Mode.ELEM, 0), 2000, 0);
    float[] batch = numbered(2000);
    mixing.apply(FloatBuffer.wrap(batch), labels(2000), SIZE, 0, new SplittableRandom(1));
    int cut = 0;
    for (int i = 0; i < 2000; i++) {
      boolean whole = true;
      for (int at = i * FLOATS; at < (i + 1) * FLOATS; at++) {
        whole &= batch[at] == i || batch[at] == 1999 - i;
      }
      cut += whole ? 1 : 0;
    }
    assertThat(cut / 2000.0).isCloseTo(0.3, within(0.04));
  }

  @Test
  void someAreNotMixed() {
    Mixing.Ways ways = new Mixing.Ways(1, 0, Optional.empty(), 0.5);
    Mixing mixing = new Mixing(new Mixing.Options(ways, 0.7, Mode.ELEM, 0), 2000, 0);
    float[] batch = numbered(2000);
    mixing.apply(FloatBuffer.wrap(batch), labels(2000), SIZE, 0, new SplittableRandom(1));
    int same = 0;
    for (int i = 0; i < 2000; i++) {
      same += batch[i * FLOATS] == i ? 1 : 0;
    }
    assertThat(same / 2000.0).isCloseTo(0.3, within(0.04));
  }

  @Test
  void sidesOfTheRectangleStayInTheirRange() {
    Mixing.Ways ways = new Mixing.Ways(0, 0, Optional.of(new Mixing.Sides(0.25, 0.75)), 0.5);
    Mixing mixing = new Mixing(new Mixing.Options(ways, 1, Mode.ELEM, 0), 500, 0);
    Size size = Size.square(8);
    float[] batch = new float[500 * 192];
    float[] targets =
        mixing.apply(FloatBuffer.wrap(batch), labels(500), size, 0, new SplittableRandom(1));
    Set<Float> parts = new HashSet<>();
    for (int i = 0; i < 500; i++) {
      parts.add(64 - 64 * targets[i * 500 + i]);
    }
    // Sides of 2 to 5 pixels.
    assertThat(parts).containsExactlyInAnyOrder(4f, 6f, 8f, 10f, 9f, 12f, 15f, 16f, 20f, 25f);
  }

  @Test
  void offEpochEndsMixingButNotSmoothing() {
    Mixing.Ways ways = new Mixing.Ways(1, 1, Optional.empty(), 0.5);
    Mixing mixing = new Mixing(new Mixing.Options(ways, 1, Mode.BATCH, 3), 4, 0.1);
    float[] batch = numbered(4);
    mixing.apply(FloatBuffer.wrap(batch), labels(4), SIZE, 2, new SplittableRandom(1));
    assertThat(batch).isNotEqualTo(numbered(4));
    batch = numbered(4);
    float[] targets =
        mixing.apply(FloatBuffer.wrap(batch), labels(4), SIZE, 3, new SplittableRandom(1));
    assertThat(batch).isEqualTo(numbered(4));
    for (int i = 0; i < 16; i++) {
      assertThat(targets[i]).isCloseTo(i % 5 == 0 ? 0.925f : 0.025f, within(1e-6f));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.001, 0.2, 0.8, 1, 3, 100})
  void betaHasItsMeanAndVariance(double alpha) {
    SplittableRandom random = new SplittableRandom(4);
    double sum = 0;
    double squares = 0;
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      double value = Beta.draw(alpha, random);
      assertThat(value).isBetween(0.0, 1.0);
      sum += value;
      squares += (value - 0.5) * (value - 0.5);
    }
    double variance = 1 / (4 * (2 * alpha + 1));
    assertThat(sum / draws).isCloseTo(0.5, within(5 * Math.sqrt(variance / draws)));
    assertThat(squares / draws).isCloseTo(variance, within(0.04 * variance));
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Mixing.Ways(0, 0, Optional.empty(), 0.5))
        .isInstanceOf(SpecException.class)
        .hasMessage("mixing with neither mixup nor cutmix: expected one of them");
    assertThatThrownBy(() -> new Mixing.Ways(-0.1, 0, Optional.empty(), 0.5))
        .isInstanceOf(SpecException.class)
        .hasMessage("mixup -0.1: expected 0 to 1000");
    assertThatThrownBy(() -> new Mixing.Sides(0.8, 0.2))
        .isInstanceOf(SpecException.class)
        .hasMessage("cutmix sides 0.8 to 0.2: expected 0 <= low < high <= 1");
    assertThatThrownBy(() -> mixing(1, 0, Mode.BATCH, 10, 1))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("label smoothing 1.0");
  }
}
