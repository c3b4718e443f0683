package io.github.cvt4j.spec;

/**
 * One stage: a convolutional token embedding and {@code depth} transformer blocks. Valid in itself
 * once constructed; {@link CvtSpec} adds the stage's number to the message when it is not.
 *
 * @param patch the embedding's convolution
 * @param dim channels C of a token
 * @param heads attention heads; divides {@code dim}
 * @param depth number of blocks
 * @param mlpRatio hidden width of the MLP over {@code dim}; the product is truncated
 * @param qkvBias whether the linear maps of q, k and v have a bias
 * @param clsToken whether a learned class token is put in front of the tokens
 * @param posEmbed whether a learned position embedding is added to the tokens (paper table 5); the
 *     published models have none
 * @param projection the convolutional projection of q, k and v
 * @param drop what is dropped in training
 */
public record StageSpec(
    Patch patch,
    int dim,
    int heads,
    int depth,
    double mlpRatio,
    boolean qkvBias,
    boolean clsToken,
    boolean posEmbed,
    Projection projection,
    DropRates drop) {

  /** Widest token, deepest stage and so on that are taken; guards allocations against bad files. */
  private static final int MAX_DIM = 65_536;

  private static final int MAX_DEPTH = 1_024;
  private static final int MAX_KERNEL = 1_024;

  public StageSpec {
    range("patch size", patch.size(), 1, MAX_KERNEL);
    range("patch stride", patch.stride(), 1, MAX_KERNEL);
    range("patch padding", patch.padding(), 0, MAX_KERNEL);
    range("dim", dim, 1, MAX_DIM);
    range("heads", heads, 1, MAX_DIM);
    range("depth", depth, 1, MAX_DEPTH);
    if (dim % heads != 0) {
      throw new SpecException("heads " + heads + " does not divide dim " + dim);
    }
    if (!(mlpRatio > 0 && mlpRatio <= 64) || (int) (dim * mlpRatio) < 1) {
      throw new SpecException(
          "MLP ratio " + mlpRatio + ": expected at most 64 and a hidden width of at least 1");
    }
    if (projection.method() != Projection.Method.LINEAR) {
      range("projection kernel", projection.kernel(), 1, MAX_KERNEL);
      range("padding q", projection.paddingQ(), 0, MAX_KERNEL);
      range("padding kv", projection.paddingKv(), 0, MAX_KERNEL);
      range("stride kv", projection.strideKv(), 1, MAX_KERNEL);
      if (projection.strideQ() != 1) {
        throw new SpecException(
            "stride q " + projection.strideQ() + ": only 1 keeps the residual sum possible");
      }
    }
    if (projection.method() == Projection.Method.DW_BN
        && projection.kernel() != 2 * projection.paddingQ() + 1) {
      throw new SpecException(
          "padding q "
              + projection.paddingQ()
              + " with projection kernel "
              + projection.kernel()
              + ": the residual sum needs as many queries as tokens, so kernel = 2 * padding + 1");
    }
    if (projection.method() == Projection.Method.AVG
        && 2 * projection.paddingKv() > projection.kernel()) {
      throw new SpecException(
          "padding kv "
              + projection.paddingKv()
              + ": average pooling takes at most half its kernel "
              + projection.kernel());
    }
    rate("drop rate", drop.features());
    rate("attention drop rate", drop.attention());
    rate("drop path rate", drop.path());
  }

  /** Hidden width of the MLP: {@code int(dim * ratio)}. */
  public int hidden() {
    return (int) (dim * mlpRatio);
  }

  /**
   * Drop-path rate of each block: {@code linspace(0, rate, depth)} in single precision, per stage
   * (microsoft lib/models/cls_cvt.py).
   */
  public double dropPath(int block) {
    float rate = (float) drop.path();
    if (depth == 1) {
      return 0;
    }
    // torch.linspace walks from the nearer end.
    float step = rate / (depth - 1);
    return block < depth / 2 ? step * block : rate - step * (depth - 1 - block);
  }

  private static void range(String field, int value, int low, int high) {
    if (value < low || value > high) {
      throw new SpecException(field + " " + value + ": expected " + low + " to " + high);
    }
  }

  private static void rate(String field, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new SpecException(field + " " + value + ": expected 0 or more and less than 1");
    }
  }
}
