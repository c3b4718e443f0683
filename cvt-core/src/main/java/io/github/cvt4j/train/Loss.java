package io.github.cvt4j.train;

import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.Tensors;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What training makes small: a scalar that gradients flow through. B pictures, K classes. */
public sealed interface Loss {

  /**
   * Against class numbers.
   *
   * @param logits [B, K]
   * @param labels [B] int64, 0 to K-1
   */
  Tensor ofLabels(Tensor logits, Tensor labels);

  /**
   * Against targets that are mixed and smoothed already.
   *
   * @param logits [B, K]
   * @param targets [B, K] float32, in [0, 1]
   */
  Tensor ofTargets(Tensor logits, Tensor targets);

  /** Smoothing of class numbers, in [0, 1); targets that are mixed have it already. */
  double smoothing();

  /**
   * Cross-entropy: one class is right, and the classes share a probability of 1.
   *
   * @param smoothing of class numbers, in [0, 1)
   */
  record CrossEntropy(double smoothing) implements Loss {

    public CrossEntropy {
      requireSmoothing(smoothing);
    }

    @Override
    public Tensor ofLabels(Tensor logits, Tensor labels) {
      return labels(logits, labels, smoothing);
    }

    @Override
    public Tensor ofTargets(Tensor logits, Tensor targets) {
      return distributions(logits, targets);
    }
  }

  /**
   * Binary cross-entropy: each class is a yes or no of its own (timm's {@code BinaryCrossEntropy}).
   *
   * @param smoothing e, in [0, 1): a class number becomes {@code 1 - e + e / K} in its place and
   *     {@code e / K} elsewhere
   * @param threshold above which a target becomes 1, and 0 otherwise; empty to leave targets alone
   */
  record BinaryCrossEntropy(double smoothing, OptionalDouble threshold) implements Loss {

    public BinaryCrossEntropy {
      requireSmoothing(smoothing);
      double value = threshold.orElse(0);
      if (!(value >= 0 && value < 1)) {
        throw new SpecException(
            "target threshold " + value + ": expected 0 or more and less than 1");
      }
    }

    @Override
    public Tensor ofLabels(Tensor logits, Tensor labels) {
      long classes = logits.size(1);
      double off = smoothing / classes;
      Tensor targets = Tensors.full(off, logits.size(0), classes);
      targets.scatter_(1, labels.unsqueeze(1), new Scalar(1 - smoothing + off));
      return ofTargets(logits, targets);
    }

    @Override
    public Tensor ofTargets(Tensor logits, Tensor targets) {
      return binary(
          logits,
          threshold.isPresent()
              ? targets.gt(new Scalar(threshold.getAsDouble())).to(ScalarType.Float)
              : targets);
    }
  }

  /**
   * Against class numbers, smoothed: {@code (1-e) * -log p[label] + e * mean over classes of -log
   * p}, the mean over pictures.
   *
   * @param logits [B, K]
   * @param labels [B] int64, 0 to K-1
   * @param smoothing e, in [0, 1)
   */
  static Tensor labels(Tensor logits, Tensor labels, double smoothing) {
    return crossEntropy(logits, labels, smoothing);
  }

  /**
   * Against a distribution for each picture: {@code -sum over classes of target * log p}, the mean
   * over pictures.
   *
   * @param logits [B, K]
   * @param targets [B, K] float32
   */
  static Tensor distributions(Tensor logits, Tensor targets) {
    return crossEntropy(logits, targets, 0);
  }

  /**
   * Against a yes or no for each class: {@code -(t * log s + (1-t) * log(1-s))} with {@code s} the
   * logit's sigmoid, the mean over pictures and classes.
   *
   * @param logits [B, K]
   * @param targets t, [B, K] float32, in [0, 1]
   */
  static Tensor binary(Tensor logits, Tensor targets) {
    return torch.binary_cross_entropy_with_logits(logits, targets);
  }

  private static Tensor crossEntropy(Tensor logits, Tensor targets, double smoothing) {
    long mean = 1; // at::Reduction::Mean
    long ignored = -100; // no label has this number
    return torch.cross_entropy_loss(
        logits, targets, Tensors.optional(null), mean, ignored, smoothing);
  }

  private static void requireSmoothing(double smoothing) {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new SpecException(
          "label smoothing " + smoothing + ": expected 0 or more and less than 1");
    }
  }
}
