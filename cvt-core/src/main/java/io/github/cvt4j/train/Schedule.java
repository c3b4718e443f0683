package io.github.cvt4j.train;

import io.github.cvt4j.spec.SpecException;

/**
 * Learning rate as a pure function of how far training is. Time runs in epochs; what it counts is
 * up to the caller, so whole numbers of steps do as well.
 */
public sealed interface Schedule {

  /**
   * The rate at a time.
   *
   * @param time epochs since the start, at least 0; a fraction inside an epoch
   */
  double rate(double time);

  /**
   * The same rate throughout.
   *
   * @param base the rate, positive
   */
  record Constant(double base) implements Schedule {

    public Constant {
      requireRate("base rate", base);
    }

    @Override
    public double rate(double time) {
      return base;
    }
  }

  /**
   * timm's cosine schedule (timm 0.3.2, {@code scheduler/cosine_lr.py}, one cycle). The warm-up is
   * a straight line that covers the cosine's beginning instead of being put in front of it: the
   * first time after it is already past the cosine's top. From {@code length} on, where cool-down
   * epochs would follow, the rate is the floor.
   *
   * @param base the cosine's top, positive
   * @param length epochs from the top to the floor, positive
   * @param floor the rate at the end, at least 0
   * @param warmup epochs of the warm-up, at least 0
   * @param warmupRate the rate at time 0, at least 0; unused without a warm-up
   */
  record Cosine(double base, double length, double floor, double warmup, double warmupRate)
      implements Schedule {

    public Cosine {
      requireRate("base rate", base);
      requireNotNegative("minimum rate", floor);
      requireNotNegative("warm-up epochs", warmup);
      requireNotNegative("warm-up rate", warmupRate);
      if (!(length > 0 && length < Double.POSITIVE_INFINITY)) {
        throw new SpecException("schedule length " + length + " epochs: expected above 0");
      }
    }

    @Override
    public double rate(double time) {
      if (time < warmup) {
        return warmupRate + time * ((base - warmupRate) / warmup);
      }
      if (time >= length) {
        return floor;
      }
      return floor + 0.5 * (base - floor) * (1 + Math.cos(Math.PI * time / length));
    }
  }

  private static void requireRate(String what, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new SpecException(what + " " + value + ": expected above 0");
    }
  }

  private static void requireNotNegative(String what, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new SpecException(what + " " + value + ": expected 0 or more");
    }
  }
}
