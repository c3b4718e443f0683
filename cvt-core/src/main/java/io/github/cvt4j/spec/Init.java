package io.github.cvt4j.spec;

/** How linear weights start. */
public enum Init {
  /** Normal with standard deviation 0.02, cut at plus and minus 2. */
  TRUNC_NORM,
  /** Glorot's uniform. */
  XAVIER,
  /**
   * The same, and the way to the keys starts as a copy of that to the queries. A token is then most
   * like itself, so attention begins local instead of as a mean over the picture (the idea of
   * Trockman and Kolter 2023, arXiv 2305.09828; there with a factorised product).
   */
  XAVIER_TIED
}
