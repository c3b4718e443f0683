package io.github.cvt4j.spec;

/** How linear weights start. */
public enum Init {
  /** Normal with standard deviation 0.02, cut at plus and minus 2. */
  TRUNC_NORM,
  /** Glorot's uniform. */
  XAVIER
}
