package io.github.cvt4j.explain;

import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391, equations 1 and 2): each channel of a block's
 * tokens is weighted by the mean gradient of the class's logit over the grid, the channels are
 * summed, and what is negative is cut off. Scaled so that the largest value is 1; all zero where
 * nothing speaks for the class.
 *
 * <p>The tokens are those that leave the block. Nothing reads what leaves the last block of a model
 * with a class token but the class token itself, so for that block it is the tokens that enter it.
 *
 * <p>The pass records gradients from those tokens on, and the parameters ask for none.
 */
final class GradCam implements Pass.Probe {

  private final String name;
  private Tensor tokens; // [1, N, C], or a map [1, C, H, W]

  private GradCam(String name) {
    this.name = name;
  }

  /**
   * The map, row-major over the stage's grid.
   *
   * @param model frozen
   * @param images [1, channels, H, W]
   */
  static float[] of(Cvt model, Tensor images, StageView view, boolean last, Question question) {
    int block = question.block().orElseThrow();
    GradCam probe = new GradCam(name(view, last, block));
    try (Scope scope = Scope.open();
        NoGrad recording = NoGrad.lift()) {
      Tensor logits = model.forward(images, Pass.eval(probe));
      logits.select(1, question.classIndex().orElseThrow()).sum().backward();
      Tensor gradient = grid(new Tensor(probe.tokens.grad()), view); // [H*W, C]
      Tensor values = grid(probe.tokens.detach(), view);
      return scaled(Tensors.floats(torch.matmul(values, gradient.mean(0)).relu()));
    }
  }

  private static String name(StageView view, boolean last, int block) {
    if (!(last && view.classToken() && block == view.blocks() - 1)) {
      return Sight.name(view.stage(), block);
    }
    return block == 0
        ? "stage" + view.stage() + ".patch_embed"
        : Sight.name(view.stage(), block - 1);
  }

  @Override
  public void see(String seen, Tensor value) {
    if (seen.equals(name)) {
      tokens = value.requires_grad_(true);
    }
  }

  private static Tensor grid(Tensor seen, StageView view) {
    Tensor one = seen.select(0, 0);
    return one.dim() == 3
        ? one.flatten(1, 2).transpose(0, 1)
        : one.narrow(0, view.extra(), view.area());
  }

  private static float[] scaled(float[] values) {
    float most = 0;
    for (float value : values) {
      most = Math.max(most, value);
    }
    if (most > 0) {
      for (int i = 0; i < values.length; i++) {
        values[i] /= most;
      }
    }
    return values;
  }
}
