package io.github.cvt4j.fused;

import org.bytedeco.pytorch.Tensor;

/** {@code y = x W^T + b} over the last axis, and what is done with y before it leaves the cache. */
interface FusedLinear {

  /** [B, N, in] to [B, N, out], with an activation. */
  Tensor forward(Tensor x, PostOp post);

  /** [B, N, in] to [B, N, out], added to a residual [B, N, out], which stays as it is. */
  Tensor plus(Tensor x, Tensor residual);

  /** [B, N, in] to [B, N, out]. */
  default Tensor forward(Tensor x) {
    return forward(x, PostOp.NONE);
  }
}
