package io.github.cvt4j.train;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** One optimizer's rule for one parameter, written plainly in double precision. */
interface Twin {

  void update(String name, long[] shape, double[] weight, double[] gradient, Pace pace);

  /**
   * How to move.
   *
   * @param step from 1
   * @param norm of all gradients together
   */
  record Pace(int step, double rate, double decay, double norm) {

    Pace times(double ratio) {
      return new Pace(step, rate * ratio, decay, norm);
    }

    Pace decay(double other) {
      return new Pace(step, rate, other, norm);
    }
  }

  /** State by name, the same value everywhere at first. */
  final class Memory {

    private final double initial;
    private final Map<String, double[]> values = new HashMap<>();

    Memory() {
      this(0);
    }

    Memory(double initial) {
      this.initial = initial;
    }

    double[] of(String name, int size) {
      return values.computeIfAbsent(
          name,
          key -> {
            double[] value = new double[size];
            Arrays.fill(value, initial);
            return value;
          });
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

  static Twin adam(double beta1, double beta2, double eps) {
    Twin decoupled = adamW(beta1, beta2, eps);
    return (name, shape, weight, gradient, pace) ->
        decoupled.update(name, shape, weight, decayed(gradient, weight, pace), pace.decay(0));
  }

  static Twin sgd(double momentum, boolean nesterov) {
    Memory momenta = new Memory();
    return (name, shape, weight, gradient, pace) -> {
      double[] g = decayed(gradient, weight, pace);
      double[] m = momenta.of(name, weight.length);
      for (int i = 0; i < weight.length; i++) {
        m[i] = momentum * m[i] + g[i];
        weight[i] -= pace.rate() * (nesterov ? g[i] + momentum * m[i] : m[i]);
      }
    };
  }

  static Twin rmsProp(RmsProp.Options options) {
    boolean tensorflow = options.flavour() == RmsProp.Flavour.TENSORFLOW;
    Memory squares = new Memory(tensorflow ? 1 : 0);
    Memory means = new Memory();
    Memory momenta = new Memory();
    double alpha = options.alpha();
    return (name, shape, weight, gradient, pace) -> {
      double[] g = decayed(gradient, weight, pace);
      double[] s = squares.of(name, weight.length);
      double[] mean = means.of(name, weight.length);
      double[] m = momenta.of(name, weight.length);
      for (int i = 0; i < weight.length; i++) {
        s[i] = alpha * s[i] + (1 - alpha) * g[i] * g[i];
        mean[i] = alpha * mean[i] + (1 - alpha) * g[i];
        double spread = options.centered() ? s[i] - mean[i] * mean[i] : s[i];
        double root =
            tensorflow ? Math.sqrt(spread + options.eps()) : Math.sqrt(spread) + options.eps();
        double ratio = tensorflow ? pace.rate() : 1;
        m[i] = options.momentum() * m[i] + ratio * g[i] / root;
        weight[i] -= tensorflow ? m[i] : pace.rate() * m[i];
      }
    };
  }

  static Twin lamb(Lamb.Options options) {
    AdamW.Options adam = options.adam();
    Memory means = new Memory();
    Memory squares = new Memory();
    return (name, shape, weight, gradient, pace) -> {
      double[] m = means.of(name, weight.length);
      double[] v = squares.of(name, weight.length);
      double[] step = new double[weight.length];
      double clip = options.maxNorm() > 0 ? Math.max(1, pace.norm() / options.maxNorm()) : 1;
      double steps = 0;
      double weights = 0;
      for (int i = 0; i < weight.length; i++) {
        double g = gradient[i] / clip;
        m[i] = adam.beta1() * m[i] + (1 - adam.beta1()) * g;
        v[i] = adam.beta2() * v[i] + (1 - adam.beta2()) * g * g;
        double mean = m[i] / (1 - Math.pow(adam.beta1(), pace.step()));
        double root = Math.sqrt(v[i]) / Math.sqrt(1 - Math.pow(adam.beta2(), pace.step()));
        step[i] = mean / (root + adam.eps()) + pace.decay() * weight[i];
        steps += step[i] * step[i];
        weights += weight[i] * weight[i];
      }
      boolean adapts = pace.decay() > 0 && steps > 0 && weights > 0;
      double trust = adapts ? Math.sqrt(weights / steps) : 1;
      for (int i = 0; i < weight.length; i++) {
        weight[i] -= pace.rate() * trust * step[i];
      }
    };
  }

  private static double[] decayed(double[] gradient, double[] weight, Pace pace) {
    double[] sum = gradient.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += pace.decay() * weight[i];
    }
    return sum;
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
