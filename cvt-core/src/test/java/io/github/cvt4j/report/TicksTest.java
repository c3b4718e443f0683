package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TicksTest {

  @ParameterizedTest
  @CsvSource({"0.13,2.31", "26.25,81.5", "1e-5,2e-3", "-3,7", "99.1,99.2", "1e7,3e7"})
  void marksCoverAllValuesInEvenSteps(double low, double high) {
    Ticks ticks = Ticks.over(low, high, 6);
    double rounding = 1e-9 * ticks.step();
    assertThat(ticks.low()).isLessThanOrEqualTo(low + rounding);
    assertThat(ticks.high()).isGreaterThanOrEqualTo(high - rounding);
    assertThat(ticks.values()).hasSizeBetween(3, 9);
    for (int i = 1; i < ticks.values().size(); i++) {
      assertThat(ticks.values().get(i) - ticks.values().get(i - 1))
          .isCloseTo(ticks.step(), within(1e-9 * ticks.step()));
    }
    assertThat(ticks.values().stream().map(ticks::label)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({"2.5,1,4", "0,-0.5,0.5", "NaN,0,1"})
  void oneValueOrNoneStandsInTheMiddle(double value, double above, double below) {
    Ticks ticks = Ticks.over(value, value, 6);
    assertThat(ticks.low()).isLessThanOrEqualTo(below).isLessThan(ticks.high());
    assertThat(ticks.high()).isGreaterThanOrEqualTo(above);
  }

  @Test
  void labelsHaveTheirStepsPlaces() {
    Ticks ticks = Ticks.over(0.1, 0.6, 6);
    assertThat(ticks.values().stream().map(ticks::label))
        .containsExactly("0.1", "0.2", "0.3", "0.4", "0.5", "0.6");
    assertThat(Ticks.over(0, 8e-4, 5).label(2e-4)).isEqualTo("2.0e-04");
    assertThat(Ticks.over(0, 8e-4, 5).label(0)).isEqualTo("0.0000");
  }

  @Test
  void epochsAreWholeNumbersAndTheAxisEndsWithThem() {
    Ticks ticks = Ticks.whole(1, 300, 10);
    assertThat(ticks.values()).startsWith(50.0).endsWith(300.0).hasSizeBetween(5, 12);
    assertThat(ticks.place(1)).isZero();
    assertThat(ticks.place(300)).isEqualTo(1);
    assertThat(Ticks.whole(1, 4, 10).values()).isEqualTo(List.of(1.0, 2.0, 3.0, 4.0));
    assertThat(Ticks.whole(7, 7, 10).place(7)).isEqualTo(0.5);
  }
}
