package io.github.cvt4j.explain;

import java.util.Arrays;

/** Values that are shares of one. */
final class Distribution {

  private Distribution() {}

  /** Without the class token's share, if there is one in front. */
  static double[] grid(double[] tokens, int extra) {
    return Arrays.copyOfRange(tokens, extra, tokens.length);
  }

  /** Scaled to sum 1; even if there is nothing to scale. */
  static double[] normalized(double[] values) {
    double sum = Arrays.stream(values).sum();
    return sum > 0
        ? Arrays.stream(values).map(value -> value / sum).toArray()
        : Arrays.stream(values).map(value -> 1.0 / values.length).toArray();
  }

  static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
