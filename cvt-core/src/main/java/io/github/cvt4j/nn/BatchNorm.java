package io.github.cvt4j.nn;

import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Batch normalisation of [B, C, H, W]: batch statistics in training, running ones otherwise. */
final class BatchNorm {

  private static final double EPS = 1e-5;
  private static final double MOMENTUM = 0.1;

  private final Tensor weight; // [C]
  private final Tensor bias; // [C]
  private final Tensor runningMean; // [C]
  private final Tensor runningVar; // [C], unbiased
  private final Tensor batches; // scalar

  BatchNorm(Parameters.Place place, int dim) {
    weight = place.parameter("weight", Initializer.constant(1), dim);
    bias = place.parameter("bias", Initializer.constant(0), dim);
    runningMean = place.buffer("running_mean", 0, dim);
    runningVar = place.buffer("running_var", 1, dim);
    batches = place.counter("num_batches_tracked");
  }

  Tensor forward(Tensor x, Pass pass) {
    boolean ofBatch = pass.training() && weight.requires_grad(); // frozen ones keep what they have
    boolean counted = ofBatch && pass.statistics();
    if (counted) {
      try (NoGrad noGrad = NoGrad.enter()) {
        batches.add_(new Scalar(1));
      }
    }
    boolean running = counted || !ofBatch;
    return torch.batch_norm(
        x,
        Tensors.optional(weight),
        Tensors.optional(bias),
        Tensors.optional(running ? runningMean : null),
        Tensors.optional(running ? runningVar : null),
        ofBatch,
        MOMENTUM,
        EPS,
        /* cudnn_enabled= */ true);
  }
}
