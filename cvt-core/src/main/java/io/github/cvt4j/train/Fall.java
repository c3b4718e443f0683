package io.github.cvt4j.train;

import io.github.cvt4j.spec.SpecException;

/** The shape of a way down, from 1 at its beginning to 0 at its end. */
public sealed interface Fall {

  /** A straight line. */
  Fall LINEAR = new Polynomial(1, 1);

  /** A half cosine. */
  Fall COSINE = new Cosine(1);

  /**
   * How much is left.
   *
   * @param progress in [0, 1]
   */
  double at(double progress);

  /**
   * {@code (1 + cos(pi * x^k)) / 2}.
   *
   * @param k 1 for the plain one; more stays high for longer (k-decay, Zhang and Li 2020, arXiv
   *     2004.05909); positive
   */
  record Cosine(double k) implements Fall {

    public Cosine {
      requirePositive("k-decay", k);
    }

    @Override
    public double at(double progress) {
      return 0.5 * (1 + Math.cos(Math.PI * Math.pow(progress, k)));
    }
  }

  /**
   * {@code (1 - x^k)^power}.
   *
   * @param power positive
   * @param k as a cosine's
   */
  record Polynomial(double power, double k) implements Fall {

    public Polynomial {
      requirePositive("power", power);
      requirePositive("k-decay", k);
    }

    @Override
    public double at(double progress) {
      return Math.pow(1 - Math.pow(progress, k), power);
    }
  }

  /**
   * {@code (1 - tanh(-7 (1 - x) + 3 x)) / 2}: not quite 1 and 0 at the ends (Hsueh et al. 2019,
   * arXiv 1806.01593, with timm's bounds).
   */
  record Tanh() implements Fall {

    @Override
    public double at(double progress) {
      return 0.5 * (1 - Math.tanh(-7 * (1 - progress) + 3 * progress));
    }
  }

  private static void requirePositive(String what, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new SpecException(what + " of a learning rate " + value + ": expected above 0");
    }
  }
}
