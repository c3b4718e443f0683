package io.github.cvt4j.fused;

import org.bytedeco.pytorch.Tensor;

/** A convolution with a bias, over channels-last maps. */
interface FusedConv {

  /**
   * How the kernel moves.
   *
   * @param stride in both directions
   * @param padding zeros on every side
   * @param groups 1, or the number of channels for a depth-wise one
   */
  record Geometry(int stride, int padding, int groups) {}

  /** [B, C', H', W'] to [B, C, H, W]. */
  Tensor forward(Tensor map);
}
