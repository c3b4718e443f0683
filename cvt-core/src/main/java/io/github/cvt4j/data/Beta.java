package io.github.cvt4j.data;

import java.util.random.RandomGenerator;

/** Draws from the beta distribution with two equal parameters. */
final class Beta {

  private Beta() {}

  /**
   * A number from 0 to 1, 0.5 on average.
   *
   * @param alpha above 0; below 1 most draws are near 0 or 1, at 1 all are equally likely
   */
  static double draw(double alpha, RandomGenerator random) {
    // G / (G + H) of two gamma variables; logarithms, since those of a small alpha underflow.
    double logG = logGamma(alpha, random);
    double logH = logGamma(alpha, random);
    return 1 / (1 + Math.exp(logH - logG));
  }

  /** Logarithm of a gamma variable: Marsaglia and Tsang 2000, one higher and brought down again. */
  private static double logGamma(double alpha, RandomGenerator random) {
    double d = alpha + 1 - 1.0 / 3;
    double c = 1 / Math.sqrt(9 * d);
    while (true) {
      double x = random.nextGaussian();
      double cubeRoot = 1 + c * x;
      double v = cubeRoot * cubeRoot * cubeRoot;
      double u = 1 - random.nextDouble(); // never 0
      if (v > 0 && Math.log(u) < x * x / 2 + d * (1 - v + Math.log(v))) {
        return Math.log(d * v) + Math.log(1 - random.nextDouble()) / alpha;
      }
    }
  }
}
