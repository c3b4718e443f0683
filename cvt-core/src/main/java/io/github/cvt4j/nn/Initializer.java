package io.github.cvt4j.nn;

import io.github.cvt4j.spec.Init;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Fills a new tensor; draws come from the process's generator (see Engine.seed). */
@FunctionalInterface
interface Initializer {

  void fill(Tensor tensor);

  /** One value everywhere. */
  static Initializer constant(double value) {
    return tensor -> tensor.fill_(new Scalar(value));
  }

  /**
   * Normal with standard deviation 0.02, cut at plus and minus 2 (microsoft lib/models/cls_cvt.py).
   * A cut a hundred deviations out never takes effect on real draws, so clamping is the same as
   * drawing again.
   */
  static Initializer truncNormal() {
    return tensor ->
        tensor
            .normal_(0, 0.02, new GeneratorOptional())
            .clamp_(new ScalarOptional(new Scalar(-2.0)), new ScalarOptional(new Scalar(2.0)));
  }

  /** Linear weights as the spec asks for. */
  static Initializer linear(Init init) {
    return switch (init) {
      case TRUNC_NORM -> truncNormal();
      case XAVIER, XAVIER_TIED -> tensor -> torch.xavier_uniform_(tensor);
    };
  }

  /**
   * PyTorch's default for convolutions and for the bias of linear layers: uniform within one over
   * the square root of the number of inputs of each output.
   */
  static Initializer fanIn(int inputs) {
    double bound = 1 / Math.sqrt(inputs);
    return tensor -> tensor.uniform_(-bound, bound, new GeneratorOptional());
  }
}
