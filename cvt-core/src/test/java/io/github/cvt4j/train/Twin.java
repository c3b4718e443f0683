package io.github.cvt4j.train;

import java.util.HashMap;
import java.util.Map;

/** One optimizer's rule for one parameter, written plainly in double precision. */
interface Twin {

  /**
   * @param step from 1
   */
  void update(String name, long[] shape, double[] weight, float[] gradient, Pace pace);

  /**
   * How to move.
   *
   * @param step from 1
   */
  record Pace(int step, double rate, double decay) {

    Pace times(double ratio) {
      return new Pace(step, rate * ratio, decay);
    }
  }

  /** State by name, zero at first. */
  final class Memory {

    private final Map<String, double[]> values = new HashMap<>();

    double[] of(String name, int size) {
      return values.computeIfAbsent(name, key -> new double[size]);
    }
  }

  static Twin adamW(double beta1, double beta2, double eps) {
    Memory means = new Memory();
    Memory squares = new Memory();
    return (name, shape, weight, gradient, pace) -> {
      double[] m = means.of(name, weight.length);
      double[] v = squares.of(name, weight.length);
      for (int i = 0; i < weight.length; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * gradient[i];
        v[i] = beta2 * v[i] + (1 - beta2) * gradient[i] * gradient[i];
        double mean = m[i] / (1 - Math.pow(beta1, pace.step()));
        double square = v[i] / (1 - Math.pow(beta2, pace.step()));
        weight[i] -= pace.rate() * pace.decay() * weight[i];
        weight[i] -= pace.rate() * mean / (Math.sqrt(square) + eps);
      }
    };
  }

  /** Which parameters are matrices is said outright, not worked out. */
  static Twin muon(Muon.Options options) {
    Memory momenta = new Memory();
    Twin adam = adamW(options.adam().beta1(), options.adam().beta2(), options.adam().eps());
    return (name, shape, weight, gradient, pace) -> {
      boolean matrix =
          name.matches(
              ".*\\.(proj_[qkv]|attn\\.proj|fc[12])\\.weight|stage1.patch_embed.proj.weight");
      if (!matrix) {
        adam.update(name, shape, weight, gradient, pace.times(options.adamRatio()));
        return;
      }
      double beta = options.momentum();
      double[] m = momenta.of(name, weight.length);
      double[] direction = new double[weight.length];
      for (int i = 0; i < weight.length; i++) {
        m[i] = beta * m[i] + (1 - beta) * gradient[i];
        direction[i] = options.nesterov() ? (1 - beta) * gradient[i] + beta * m[i] : m[i];
      }
      int rows = (int) shape[0];
      int columns = weight.length / rows;
      double[] orthogonal = Matrices.newtonSchulz(direction, rows, columns, options.steps());
      double scale = rows > columns ? Math.sqrt((double) rows / columns) : 1;
      for (int i = 0; i < weight.length; i++) {
        weight[i] -= pace.rate() * pace.decay() * weight[i];
        weight[i] -= pace.rate() * scale * orthogonal[i];
      }
    };
  }
}
