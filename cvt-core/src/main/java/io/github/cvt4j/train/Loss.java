package io.github.cvt4j.train;

import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Cross-entropy, a scalar that gradients flow through. B pictures, K classes. */
public final class Loss {

  private static final long MEAN = 1; // at::Reduction::Mean
  private static final long IGNORE_NONE = -100; // no label has this number

  private Loss() {}

  /**
   * Against class numbers, smoothed: {@code (1-e) * -log p[label] + e * mean over classes of -log
   * p}, the mean over pictures.
   *
   * @param logits [B, K]
   * @param labels [B] int64, 0 to K-1
   * @param smoothing e, in [0, 1)
   */
  public static Tensor labels(Tensor logits, Tensor labels, double smoothing) {
    return torch.cross_entropy_loss(
        logits, labels, Tensors.optional(null), MEAN, IGNORE_NONE, smoothing);
  }

  /**
   * Against a distribution for each picture: {@code -sum over classes of target * log p}, the mean
   * over pictures.
   *
   * @param logits [B, K]
   * @param targets [B, K] float32
   */
  public static Tensor distributions(Tensor logits, Tensor targets) {
    return torch.cross_entropy_loss(
        logits, targets, Tensors.optional(null), MEAN, IGNORE_NONE, /* label_smoothing= */ 0);
  }
}
