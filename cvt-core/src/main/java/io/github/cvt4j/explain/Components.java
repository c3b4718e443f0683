package io.github.cvt4j.explain;

import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Feature maps as colours: what each token of a grid has of the three directions in which the
 * tokens of the picture differ most (principal components), strongest first. Each is turned so that
 * its largest channel weighs positively, and stretched so that the least token is 0 and the most 1.
 * A direction in which nothing differs, or that there are too few tokens or channels for, is 0.5.
 */
final class Components {

  private static final int COLOURS = 3;

  /** Below this share of the strongest direction's deviation, it is rounding. */
  private static final double ROUNDING = 1e-6;

  private Components() {}

  /**
   * Colours [H*W, 3].
   *
   * @param tokens [H*W, C]
   */
  static float[] of(Tensor tokens) {
    float[] colours = new float[Math.toIntExact(tokens.size(0)) * COLOURS];
    java.util.Arrays.fill(colours, 0.5f);
    try (Scope scope = Scope.open()) {
      Tensor x = tokens.detach().to(ScalarType.Double);
      var svd =
          torch.linalg_svd(x.sub(x.mean(0)), /* full_matrices= */ false, new StringViewOptional());
      float[] deviations = Tensors.floats(svd.get1());
      for (int c = 0; c < Math.min(COLOURS, deviations.length); c++) {
        if (deviations[c] > ROUNDING * deviations[0]) {
          float[] scores = Tensors.floats(svd.get0().select(1, c)); // [H*W]
          stretch(scores, largest(Tensors.floats(svd.get2().select(0, c))), colours, c);
        }
      }
    }
    return colours;
  }

  private static float largest(float[] loadings) {
    float most = 0;
    for (float loading : loadings) {
      most = Math.abs(loading) > Math.abs(most) ? loading : most;
    }
    return most;
  }

  private static void stretch(float[] scores, float sign, float[] colours, int channel) {
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (float score : scores) {
      low = Math.min(low, score);
      high = Math.max(high, score);
    }
    for (int i = 0; i < scores.length; i++) {
      float share = (scores[i] - low) / (high - low);
      colours[i * COLOURS + channel] = sign < 0 ? 1 - share : share;
    }
  }
}
