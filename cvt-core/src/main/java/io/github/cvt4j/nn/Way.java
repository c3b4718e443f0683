package io.github.cvt4j.nn;

/**
 * Which operators a pass is made of. Both ways give the same numbers but for rounding, and every
 * test of the network's numbers runs on both.
 */
public enum Way {
  /** The fastest operators known for each place. */
  FAST,
  /**
   * Those of the original program (microsoft lib/models/cls_cvt.py), one for one and in float32:
   * what the fast way is held against, in numbers and in time.
   */
  PLAIN
}
