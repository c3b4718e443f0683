package io.github.cvt4j.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.image.Area;
import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import org.junit.jupiter.api.Test;

class OverlayTest {

  private static final Question QUESTION = Question.of(Method.ROLLOUT);

  @Test
  void valuesRunBetweenCentresAndStayBeyondThem() {
    Overlay overlay =
        new Overlay(QUESTION, new Size(1, 2), new Area(0, 0, 8, 4), new float[] {0, 1});
    // The cells' centres are at 2 and 6; pixels' at a half.
    assertThat(overlay.over(new Area(0, 0, 8, 1), new Size(1, 8)))
        .containsExactly(0, 0, 0.125f, 0.375f, 0.625f, 0.875f, 1, 1);
  }

  @Test
  void coloursKeepTheirChannels() {
    Overlay overlay =
        new Overlay(QUESTION, new Size(2, 1), new Area(0, 0, 1, 2), new float[] {0, 1, 2, 4, 5, 6});
    assertThat(overlay.over(new Area(0, 0, 1, 2), new Size(2, 1)))
        .containsExactly(0, 1, 2, 4, 5, 6);
  }

  /** By hand: windows of 7 at stride 4 with padding 2 begin at -2, so their centre is at 1.5. */
  @Test
  void cellsLieAroundTheCentresOfTheirWindows() {
    Lattice stage0 = Lattice.PIXELS.of(new Patch(7, 4, 2));
    assertThat(stage0).isEqualTo(new Lattice(1.5, 4));
    Lattice stage1 = stage0.of(new Patch(3, 2, 1));
    assertThat(stage1).isEqualTo(new Lattice(1.5, 8));
    assertThat(stage1.of(Projection.SQUEEZED)).isEqualTo(new Lattice(1.5, 16));
    assertThat(stage0.area(new Size(2, 3))).isEqualTo(new Area(-0.5, -0.5, 12, 8));
  }

  @Test
  void whatIsEvenStaysEvenAwayFromTheBorders() {
    Spread spread = Spread.of(new Patch(7, 4, 2), Size.square(8), Size.square(32));
    double[] even = new double[64];
    java.util.Arrays.fill(even, 1.0 / 64);
    double[] handedOn = spread.apply(even);
    for (int row = 5; row < 26; row++) {
      for (int column = 5; column < 26; column++) {
        assertThat(handedOn[row * 32 + column] * 1024)
            .as("row %d, column %d", row, column)
            .isBetween(0.999, 1.001);
      }
    }
    assertThat(java.util.Arrays.stream(handedOn).sum()).isBetween(1 - 1e-12, 1 + 1e-12);
  }

  @Test
  void aWindowInThePaddingGivesToTheNearestPosition() {
    Spread spread = Spread.of(new Patch(1, 1, 2), new Size(5, 5), new Size(1, 1));
    double[] mass = new double[25];
    mass[0] = 0.25;
    mass[12] = 0.75;
    assertThat(spread.apply(mass)).containsExactly(1.0);
  }
}
