package io.github.cvt4j;

/** How answers compare. */
public final class Vectors {

  private Vectors() {}

  /** Cosine of the angle between two of the same length; NaN if one is all zeros. */
  public static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }
}
