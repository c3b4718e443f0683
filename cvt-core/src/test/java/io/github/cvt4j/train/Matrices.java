package io.github.cvt4j.train;

/** Plain matrix arithmetic in double precision, row by row in one array. */
final class Matrices {

  private Matrices() {}

  /** The quintic iteration as written down: no transposing, so on whichever side is the longer. */
  static double[] newtonSchulz(double[] matrix, int rows, int columns, int steps) {
    double norm = 0;
    for (double value : matrix) {
      norm += value * value;
    }
    double[] x = matrix.clone();
    for (int i = 0; i < x.length; i++) {
      x[i] /= Math.max(Math.sqrt(norm), 1e-7);
    }
    for (int step = 0; step < steps; step++) {
      double[] square = times(x, transposed(x, rows, columns), rows, columns, rows);
      double[] first = times(square, x, rows, rows, columns);
      double[] second = times(square, first, rows, rows, columns);
      for (int i = 0; i < x.length; i++) {
        x[i] = 3.4445 * x[i] - 4.7750 * first[i] + 2.0315 * second[i];
      }
    }
    return x;
  }

  /** [n, k] times [k, m]. */
  static double[] times(double[] a, double[] b, int n, int k, int m) {
    double[] product = new double[n * m];
    for (int i = 0; i < n; i++) {
      for (int l = 0; l < k; l++) {
        for (int j = 0; j < m; j++) {
          product[i * m + j] += a[i * k + l] * b[l * m + j];
        }
      }
    }
    return product;
  }

  static double[] transposed(double[] a, int rows, int columns) {
    double[] transposed = new double[a.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        transposed[j * rows + i] = a[i * columns + j];
      }
    }
    return transposed;
  }
}
