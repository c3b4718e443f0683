package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.github.cvt4j.Golden;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.SpecException;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class ScheduleTest {

  private static final String KEYS = "TRAIN.LR_SCHEDULER.";
  private static final String ARGS = "TRAIN.LR_SCHEDULER.ARGS.";

  /** At a base rate of 0.1, without a floor and over 20 epochs unless said otherwise. */
  private static Schedule read(String... overrides) {
    return ScheduleReader.read(
        Experiment.defaults()
            .with(List.of("TRAIN.LR", "0.1", ARGS + "min_lr", "0"))
            .with(List.of(overrides)),
        20);
  }

  private static void requireRates(Schedule schedule, int until, IntFunction<Double> expected) {
    for (int time = 0; time < until; time++) {
      assertThat(schedule.rate(time))
          .as("time %s", time)
          .isCloseTo(expected.apply(time), offset(1e-13));
    }
  }

  @Test
  void cosineIsTimms() {
    List<Map<String, String>> rows = Golden.csv("sched/timm_cosine_300.csv");
    assertThat(rows).hasSize(310);
    Schedule small = Schedules.warmedUp(2.5e-4, 300, 1e-5, 5, 1e-6);
    Schedule large = Schedules.warmedUp(2e-3, 300, 1e-5, 5, 1e-6);
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
  void cosineWarmupIsPasslsWithItsOddClimb() {
    Schedule schedule =
        ScheduleReader.read(
            Experiment.defaults()
                .with(
                    List.of(
                        KEYS + "METHOD",
                        "CosineWarmup",
                        "TRAIN.LR",
                        "0.003",
                        ARGS + "warmup_epochs",
                        "10000",
                        ARGS + "warmup_lr",
                        "3e-5")),
            93835);
    List<Map<String, String>> rows = Golden.csv("sched/passl_cosine_warmup.csv");
    assertThat(rows).hasSizeGreaterThan(150);
    for (Map<String, String> row : rows) {
      double value = Double.parseDouble(row.get("lr"));
      double step = Double.parseDouble(row.get("step"));
      assertThat(schedule.rate(step))
          .as("step %s", step)
          .isCloseTo(value, offset(1e-12 * value + 1e-15));
    }
  }

  @Test
  void cyclesGrowAndSink() {
    Schedule schedule =
        read(
            ARGS + "lr_cycle_epochs", "4",
            ARGS + "lr_cycle_limit", "3",
            ARGS + "lr_cycle_mul", "2",
            ARGS + "lr_cycle_decay", "0.5",
            ARGS + "min_lr", "0.01");
    assertThat(schedule.rate(0)).isEqualTo(0.1);
    assertThat(schedule.rate(2)).isCloseTo(0.055, offset(1e-15));
    assertThat(schedule.rate(4)).as("second cycle").isEqualTo(0.05);
    assertThat(schedule.rate(8)).as("its middle").isCloseTo(0.03, offset(1e-15));
    assertThat(schedule.rate(12)).as("third cycle").isEqualTo(0.025);
    assertThat(schedule.rate(27.9)).isGreaterThan(0.01).isLessThan(0.0101);
    assertThat(schedule.rate(28)).as("cool-down").isEqualTo(0.01);
  }

  @Test
  void timmsOtherShapes() {
    requireRates(read(ARGS + "sched", "linear"), 25, t -> Math.max(0, 0.1 * (1 - t / 20.0)));
    requireRates(
        read(ARGS + "sched", "poly", ARGS + "decay_rate", "0.5", ARGS + "lr_k_decay", "2"),
        20,
        t -> 0.1 * Math.sqrt(1 - t * t / 400.0));
    requireRates(
        read(ARGS + "lr_k_decay", "3"),
        20,
        t -> 0.05 * (1 + Math.cos(Math.PI * t * t * t / 8000.0)));
    requireRates(read(ARGS + "sched", "tanh"), 20, t -> 0.05 * (1 - Math.tanh(-7 + 10 * t / 20.0)));
    requireRates(
        read(ARGS + "sched", "step", ARGS + "decay_epochs", "3"),
        12,
        t -> 0.1 * Math.pow(0.1, Math.floorDiv(t, 3)));
    requireRates(
        read(ARGS + "sched", "multistep", ARGS + "decay_milestones", "[4, 6]"),
        12,
        t -> t < 3 ? 0.1 : t < 5 ? 0.01 : 0.001); // timm counts the next epoch
  }

  @Test
  void warmupCoversTheBeginningOrComesInFront() {
    String[] keys = {
      ARGS + "sched",
      "linear",
      ARGS + "warmup_epochs",
      "4",
      ARGS + "warmup_lr",
      "0.02",
      ARGS + "warmup_prefix",
      "false"
    };
    requireRates(read(keys), 20, t -> t < 4 ? 0.02 + t * 0.02 : 0.1 * (1 - t / 20.0));
    keys[7] = "true";
    requireRates(read(keys), 24, t -> t < 4 ? 0.02 + t * 0.02 : 0.1 * (1 - (t - 4) / 20.0));
    assertThat(read(ARGS + "sched", "tanh", ARGS + "warmup_epochs", "4"))
        .as("rises to where the tanh then is")
        .extracting(schedule -> schedule.rate(4 - 1e-9) - schedule.rate(4))
        .satisfies(gap -> assertThat((double) gap).isCloseTo(0, offset(1e-9)));
  }

  @Test
  void microsoftsOwnSchedules() {
    requireRates(
        read(KEYS + "METHOD", "MultiStep", KEYS + "MILESTONES", "[3, 5]", KEYS + "GAMMA", "0.2"),
        8,
        t -> t < 3 ? 0.1 : t < 5 ? 0.02 : 0.004);
    requireRates(
        read(KEYS + "METHOD", "CosineAnnealing", KEYS + "ETA_MIN", "0.02"),
        21,
        t -> 0.02 + 0.04 * (1 + Math.cos(Math.PI * t / 20.0)));
    requireRates(
        read(
            KEYS + "METHOD", "CyclicLR",
            KEYS + "BASE_LR", "0.1",
            KEYS + "MAX_LR", "0.5",
            KEYS + "STEP_SIZE_UP", "4"),
        24,
        t -> 0.1 + 0.1 * (t % 8 < 4 ? t % 8 : 8 - t % 8));
  }

  @Test
  void oneCycleRisesAndFallsByCosines() {
    Schedule schedule = read(KEYS + "METHOD", "OneCycle", KEYS + "RISE", "0.25");
    assertThat(schedule.rate(0)).isCloseTo(0.1 / 25, offset(1e-15));
    assertThat(schedule.rate(2.5)).isCloseTo(0.052, offset(1e-15));
    assertThat(schedule.rate(5)).isCloseTo(0.1, offset(1e-15));
    assertThat(schedule.rate(12.5)).isCloseTo(0.05, offset(1e-6));
    assertThat(schedule.rate(20)).isCloseTo(0.1 / 25 / 1e4, offset(1e-18));
  }

  @Test
  void fineTuningSchedules() {
    String[] keys = {
      "FINETUNE.FINETUNE", "true",
      "FINETUNE.BASE_LR", "0.03",
      "FINETUNE.LR_SCHEDULER.WARMUP", "0.1",
      "FINETUNE.LR_SCHEDULER.DECAY_TYPE", "step"
    };
    requireRates(
        read(keys),
        21,
        t -> t < 2 ? t * 0.015 : t < 6 ? 0.03 : t < 12 ? 3e-3 : t < 18 ? 3e-4 : 3e-5);
    keys[7] = "cosine";
    requireRates(
        read(keys), 21, t -> t < 2 ? t * 0.015 : 0.015 * (1 + Math.cos(Math.PI * (t - 2) / 18.0)));
    keys[7] = "linear";
    requireRates(read(keys), 21, t -> t < 2 ? t * 0.015 : 0.03 * (20 - t) / 18.0);
  }

  @Test
  void withoutWarmupItStartsAtTheTop() {
    Schedule schedule = Schedule.cosine(0.1, 10, 0);
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
    assertThatThrownBy(() -> Schedule.cosine(1, 0, 0))
        .isInstanceOf(SpecException.class)
        .hasMessage("schedule length 0.0 epochs: expected above 0");
    assertThatThrownBy(() -> Schedule.cosine(1, 10, Double.NaN))
        .isInstanceOf(SpecException.class)
        .hasMessage("minimum rate NaN: expected 0 or more");
    assertThatThrownBy(() -> new Fall.Polynomial(-1, 1))
        .isInstanceOf(SpecException.class)
        .hasMessage("power of a learning rate -1.0: expected above 0");
    assertThatThrownBy(() -> Schedule.oneCycle(0.1, 10, 1))
        .isInstanceOf(SpecException.class)
        .hasMessage("rising share of one cycle 1.0: expected between 0 and 1");
    assertThatThrownBy(() -> read(KEYS + "METHOD", "CosineWarmup", ARGS + "warmup_epochs", "20"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("expected less than the whole schedule, 20.0");
  }
}
