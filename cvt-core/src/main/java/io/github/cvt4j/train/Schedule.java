package io.github.cvt4j.train;

import io.github.cvt4j.spec.SpecException;
import java.util.List;

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
   * From a rate down to a floor, once or in cycles (timm's cosine, polynomial and tanh schedules).
   * After the last cycle, where cool-down epochs would follow, the rate is the floor.
   *
   * @param fall the shape of the way down
   * @param base the rate at time 0, positive
   * @param floor the rate at the end, at least 0
   * @param cycles how often, and how long each takes
   */
  record Decay(Fall fall, double base, double floor, Cycles cycles) implements Schedule {

    public Decay {
      requireRate("base rate", base);
      requireNotNegative("minimum rate", floor);
    }

    @Override
    public double rate(double time) {
      double since = time;
      double length = cycles.length();
      double top = base;
      for (int cycle = 0; cycle < cycles.limit(); cycle++) {
        if (since < length) {
          return floor + (top - floor) * fall.at(since / length);
        }
        since -= length;
        length *= cycles.multiplier();
        top *= cycles.decay();
      }
      return floor;
    }
  }

  /**
   * Repetitions of a decay.
   *
   * @param length of the first cycle, positive
   * @param limit number of cycles, 1 to 10,000
   * @param multiplier length of a cycle over that of the one before, positive
   * @param decay the rate that a cycle starts at over that of the one before, positive
   */
  record Cycles(double length, int limit, double multiplier, double decay) {

    public Cycles {
      requireLength(length);
      if (limit < 1 || limit > 10_000) {
        throw new SpecException("cycles of the learning rate " + limit + ": expected 1 to 10000");
      }
      requireRate("cycle multiplier", multiplier);
      requireRate("cycle decay", decay);
    }

    static Cycles one(double length) {
      return new Cycles(length, 1, 1, 1);
    }
  }

  /**
   * Falls at given times, each by the same factor (PyTorch's {@code MultiStepLR}).
   *
   * @param base the rate at first, positive
   * @param milestones the times, in any order; one that is there twice counts twice
   * @param gamma the factor, positive
   */
  record MultiStep(double base, List<Double> milestones, double gamma) implements Schedule {

    public MultiStep {
      requireRate("base rate", base);
      milestones = List.copyOf(milestones);
      requireRate("step factor", gamma);
    }

    @Override
    public double rate(double time) {
      long passed = milestones.stream().filter(milestone -> milestone <= time).count();
      return base * Math.pow(gamma, (double) passed);
    }
  }

  /**
   * Falls by the same factor after equal times (timm's step schedule).
   *
   * @param base the rate at first, positive
   * @param every time between steps, positive
   * @param gamma the factor, positive
   */
  record Step(double base, double every, double gamma) implements Schedule {

    public Step {
      requireRate("base rate", base);
      requireRate("time between steps", every);
      requireRate("step factor", gamma);
    }

    @Override
    public double rate(double time) {
      return base * Math.pow(gamma, Math.floor(time / every));
    }
  }

  /**
   * Straight up and straight down again, for ever (PyTorch's {@code CyclicLR}, {@code triangular},
   * without its cycle of the momentum).
   *
   * @param low the rate at time 0, at least 0
   * @param high the rate at the turn, positive
   * @param up time from low to high, and from there back; positive
   */
  record Cyclic(double low, double high, double up) implements Schedule {

    public Cyclic {
      requireNotNegative("lowest rate", low);
      requireRate("highest rate", high);
      requireRate("time to the highest rate", up);
    }

    @Override
    public double rate(double time) {
      double place = time / up % 2;
      return low + (high - low) * (1 - Math.abs(place - 1));
    }
  }

  /**
   * The cosine of PASSL's {@code CosineWarmup}, behind its warm-up. It does not stop at the end but
   * climbs again, since PASSL shortens the cosine by the warm-up and Paddle gives it no end. One
   * value on the way up is odd: where Paddle's recurrence expects the turn of a cosine of the whole
   * length, it goes on from the value before by that cosine's first difference.
   *
   * @param base the cosine's top, positive; it ends at 0
   * @param length from the top to 0: that of the whole without the warm-up, positive
   * @param whole length ({@code T_max}), in steps: the odd value comes one after it, counted from
   *     the top
   */
  record PasslCosine(double base, double length, double whole) implements Schedule {

    public PasslCosine {
      requireRate("base rate", base);
      requireLength(length);
      requireLength(whole);
    }

    @Override
    public double rate(double time) {
      boolean odd = time > 0 && (time - 1 - whole) % (2 * whole) == 0;
      return odd ? cosine(time - 1) + base * (1 - Math.cos(Math.PI / whole)) / 2 : cosine(time);
    }

    private double cosine(double time) {
      return base * (1 + Math.cos(Math.PI * time / length)) / 2;
    }
  }

  /**
   * A rise before or over the beginning of another schedule. Where it covers the beginning, as
   * timm's does, the first rate after it is already past a cosine's top.
   *
   * @param then the other
   * @param rise until when and how
   * @param inFront whether the other begins where the rise ends; otherwise the rise covers its
   *     beginning
   */
  record Warmup(Schedule then, Rise rise, boolean inFront) implements Schedule {

    @Override
    public double rate(double time) {
      if (time < rise.length()) {
        return rise.to() + (rise.from() - rise.to()) * rise.shape().at(time / rise.length());
      }
      return then.rate(inFront ? time - rise.length() : time);
    }
  }

  /**
   * The way up.
   *
   * @param length at least 0; 0 for none
   * @param from the rate at time 0, at least 0
   * @param to the rate that it approaches, at least 0
   * @param shape of the way, upside down
   */
  record Rise(double length, double from, double to, Fall shape) {

    public Rise {
      requireNotNegative("warm-up length", length);
      requireNotNegative("warm-up rate", from);
      requireNotNegative("rate after warm-up", to);
    }

    static Rise linear(double length, double from, double to) {
      return new Rise(length, from, to, Fall.LINEAR);
    }
  }

  /** A half cosine from a rate down to a floor. */
  static Schedule cosine(double base, double length, double floor) {
    return new Decay(Fall.COSINE, base, floor, Cycles.one(length));
  }

  /**
   * Up and down once by half cosines (Smith and Topin 2019, arXiv 1708.07120), with the numbers of
   * PyTorch's {@code OneCycleLR}: from a 25th of the top, and down to a 10,000th of that.
   *
   * @param share of the length that goes up, in (0, 1)
   */
  static Schedule oneCycle(double top, double length, double share) {
    if (!(share > 0 && share < 1)) {
      throw new SpecException("rising share of one cycle " + share + ": expected between 0 and 1");
    }
    double start = top / 25;
    double up = share * length;
    return new Warmup(
        cosine(top, length - up, start / 1e4), new Rise(up, start, top, Fall.COSINE), true);
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

  private static void requireLength(double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new SpecException("schedule length " + value + " epochs: expected above 0");
    }
  }
}
