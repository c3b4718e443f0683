package io.github.cvt4j.explain;

/** Ways of looking inside. */
public enum Method {
  /**
   * What one block's attention reads, by its softmax: on the grid of its keys, sum 1. The one who
   * asks is the class token where the stage has one, otherwise the mean over all tokens; or any
   * token that is named.
   */
  ATTENTION,
  /**
   * Attention followed from the answer back to the tokens that enter a stage, on their grid, sum 1:
   * {@link Rollout} defines it.
   */
  ROLLOUT,
  /**
   * Where a block's tokens speak for a class, largest value 1, after Selvaraju et al. 2017, arXiv
   * 1610.02391: {@link GradCam} defines it.
   */
  GRADCAM,
  /**
   * The three strongest principal components of a block's tokens as red, green and blue, each from
   * 0 to 1: {@link Components} defines them.
   */
  COMPONENTS
}
