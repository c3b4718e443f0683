package io.github.cvt4j.infer;

import io.github.cvt4j.spec.CvtSpec;
import org.bytedeco.pytorch.Tensor;

/**
 * Something that computes a CvT without gradients. Thread-safe; closing it frees its weights, which
 * must not happen under a running call.
 */
public interface Network extends AutoCloseable {

  /** The shape of the model. */
  CvtSpec spec();

  /** How it is computed. */
  Execution execution();

  /**
   * Logits [B, K] of normalised pictures [B, channels, H, W]; without classes the features [B, C].
   * The result belongs to the caller's {@link io.github.cvt4j.tensor.Scope}.
   */
  Tensor logits(Tensor images);

  /** What the head sees [B, C], of the same pictures, in the caller's scope. */
  Tensor preLogits(Tensor images);

  /** Features on the way to the logits, in the caller's scope. */
  Features features(Tensor images);

  @Override
  void close();
}
