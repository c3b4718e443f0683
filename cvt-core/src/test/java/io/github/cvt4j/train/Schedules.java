package io.github.cvt4j.train;

/** Schedules for tests. */
final class Schedules {

  private Schedules() {}

  /** timm's cosine, whose beginning the warm-up covers. */
  static Schedule warmedUp(
      double base, double length, double floor, double warmup, double warmupRate) {
    return new Schedule.Warmup(
        new Schedule.Decay(new Fall.Cosine(1), base, floor, new Schedule.Cycles(length, 1, 1, 0.1)),
        new Schedule.Rise(warmup, warmupRate, base, Fall.LINEAR),
        /* inFront= */ false);
  }
}
