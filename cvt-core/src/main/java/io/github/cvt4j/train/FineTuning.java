package io.github.cvt4j.train;

/** What the paper's way of fine-tuning makes of a data set's size. */
public final class FineTuning {

  private FineTuning() {}

  /**
   * How many updates a data set is worth: 500 below 20,000 training pictures, 10,000 below 500,000,
   * 20,000 above (BiT-HyperRule, Kolesnikov et al. 2020, arXiv 1912.11370; the numbers of CvT's
   * paper, section 4.1).
   */
  public static int steps(int pictures) {
    return pictures < 20_000 ? 500 : pictures < 500_000 ? 10_000 : 20_000;
  }
}
