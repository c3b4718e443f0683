package io.github.cvt4j.spec;

import java.util.Objects;

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

  /** Wider tokens, deeper stages and wider MLPs are taken for damage. */
  private static final int MAX_DIM = 65_536;

  private static final int MAX_DEPTH = 1_024;
  private static final double MAX_MLP_RATIO = 64;

  private static final int LANES = 8;

  public StageSpec {
    Range.check("dim", dim, 1, MAX_DIM);
    Range.check("heads", heads, 1, MAX_DIM);
    Range.check("depth", depth, 1, MAX_DEPTH);
    if (dim % heads != 0) {
      throw new SpecException("heads " + heads + ": does not divide dim " + dim);
    }
    if (!(mlpRatio > 0 && mlpRatio <= MAX_MLP_RATIO) || (int) (dim * mlpRatio) < 1) {
      throw new SpecException(
          "MLP ratio %s: expected at most 64 and a hidden width of at least 1 (dim %d)"
              .formatted(mlpRatio, dim));
    }
  }

  /** Hidden width of the MLP: {@code int(dim * ratio)}. */
  public int hidden() {
    return (int) (dim * mlpRatio);
  }

  /**
   * What queries times keys are multiplied by before the softmax: {@code dim ** -0.5}, by the whole
   * width and not by that of a head (microsoft lib/models/cls_cvt.py).
   */
  public double attentionScale() {
    return 1 / Math.sqrt(dim);
  }

  /**
   * Drop-path rate of a block: {@code linspace(0, rate, depth)} in single precision, per stage
   * (microsoft lib/models/cls_cvt.py).
   *
   * @throws IndexOutOfBoundsException if the stage has no such block
   */
  public double dropPath(int block) {
    Objects.checkIndex(block, depth);
    if (depth == 1) {
      return 0;
    }
    // To the last bit: torch.linspace fills whole vectors of eight from their first element.
    float step = (float) drop.path() / (depth - 1);
    int first = block - block % LANES;
    return first + LANES <= depth
        ? linspace(step, first) + step * (block - first)
        : linspace(step, block);
  }

  /** torch.linspace's scalar formula, which walks from the nearer end. */
  private float linspace(float step, int i) {
    return i < depth / 2 ? step * i : (float) drop.path() - step * (depth - 1 - i);
  }

  /** Elements of all weight matrices and kernels; vectors are left out. */
  long weights(int inChannels) {
    long embedding = (long) inChannels * dim * patch.size() * patch.size();
    return embedding + depth * (4L * dim * dim + 2L * dim * hidden());
  }
}
