package io.github.cvt4j.nn;

import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What training drops; both do nothing in evaluation or at rate 0. */
final class Drop {

  private Drop() {}

  /** Single values, each with the given probability; the rest is scaled up. */
  static Tensor features(Tensor x, double rate, Pass pass) {
    return pass.training() && rate > 0 ? torch.dropout(x, rate, true) : x;
  }

  /**
   * Stochastic depth: the residual branch of whole pictures, each with the given probability; the
   * rest is scaled up.
   */
  static Tensor path(Tensor branch, double rate, Pass pass) {
    if (!pass.training() || rate == 0) {
      return branch;
    }
    long[] onePerPicture = new long[(int) branch.dim()];
    java.util.Arrays.fill(onePerPicture, 1);
    onePerPicture[0] = branch.size(0);
    double keep = 1 - rate;
    Tensor mask =
        Tensors.full(0, onePerPicture)
            .bernoulli_(keep, new GeneratorOptional())
            .mul_(new Scalar(1 / keep));
    return branch.mul(mask);
  }
}
