package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.github.cvt4j.Golden;
import io.github.cvt4j.spec.SpecException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void cosineIsTimms() {
    List<Map<String, String>> rows = Golden.csv("sched/timm_cosine_300.csv");
    assertThat(rows).hasSize(310);
    Schedule small = new Schedule.Cosine(2.5e-4, 300, 1e-5, 5, 1e-6);
    Schedule large = new Schedule.Cosine(2e-3, 300, 1e-5, 5, 1e-6);
    for (Map<String, String> row : rows) {
      double epoch = Double.parseDouble(row.get("epoch"));
      requireRate(small.rate(epoch), row.get("lr_2.5e-4"), epoch);
      requireRate(large.rate(epoch), row.get("lr_2e-3"), epoch);
    }
  }

  private static void requireRate(double rate, String expected, double epoch) {
    double value = Double.parseDouble(expected);
    assertThat(rate).as("epoch %s", epoch).isCloseTo(value, offset(1e-12 * value));
  }

  @Test
  void withoutWarmupItStartsAtTheTop() {
    Schedule schedule = new Schedule.Cosine(0.1, 10, 0, 0, 0);
    assertThat(schedule.rate(0)).isEqualTo(0.1);
    assertThat(schedule.rate(5)).isCloseTo(0.05, offset(1e-15));
    assertThat(schedule.rate(10)).isZero();
  }

  @Test
  void constantStays() {
    assertThat(new Schedule.Constant(0.3).rate(17.5)).isEqualTo(0.3);
  }

  @Test
  void refusesNumbersThatMakeNoSchedule() {
    assertThatThrownBy(() -> new Schedule.Constant(0))
        .isInstanceOf(SpecException.class)
        .hasMessage("base rate 0.0: expected above 0");
    assertThatThrownBy(() -> new Schedule.Cosine(1, 0, 0, 0, 0))
        .isInstanceOf(SpecException.class)
        .hasMessage("schedule length 0.0 epochs: expected above 0");
    assertThatThrownBy(() -> new Schedule.Cosine(1, 10, Double.NaN, 0, 0))
        .isInstanceOf(SpecException.class)
        .hasMessage("minimum rate NaN: expected 0 or more");
  }
}
