package io.github.cvt4j.nn;

import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code y = x W^T + b} over the last axis.
 *
 * <p>Tokens go through it as a 1x1 convolution over a map one row high: the same sums, and views on
 * both sides, but it runs in oneDNN on all threads, forward and backward, where libtorch's own
 * linear layer runs on OpenBLAS's single thread (2 to 3 times slower on two cores at CvT's shapes).
 * The row has to be the third axis: with a fourth axis of size 1 its strides do not read as
 * channels-last, and everything from here to the next batch norm's backward pass is copied or
 * scalar. Rows are long, one for each thread where the batch divides so: with the two by two tokens
 * of a small picture in a row the products run at half speed.
 */
final class Linear {

  private final Tensor weight; // [out, in]
  private final Tensor bias; // [out] or null

  Linear(Parameters.Place place, int in, int out, boolean hasBias, Initializer weights) {
    this(place, in, out, hasBias ? Initializer.constant(0) : null, weights);
  }

  Linear(Parameters.Place place, int in, int out, Initializer biases, Initializer weights) {
    weight = place.parameter("weight", weights, out, in);
    bias = biases == null ? null : place.parameter("bias", biases, out);
  }

  private Linear(Tensor weight, Tensor bias) {
    this.weight = weight;
    this.bias = bias;
  }

  /** Takes over the other's weight, once, before training. */
  void startAs(Linear other) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      weight.copy_(other.weight);
    }
  }

  /**
   * This layer with its weight multiplied by one number and its bias by another; gradients flow to
   * the parameters. For one pass: what it multiplies belongs to the innermost scope.
   */
  Linear scaled(double weightFactor, double biasFactor) {
    return new Linear(
        weight.mul(new Scalar(weightFactor)),
        bias == null || biasFactor == 1 ? bias : bias.mul(new Scalar(biasFactor)));
  }

  /** [..., in] to [..., out], in float32. */
  Tensor forward(Tensor x) {
    return torch.linear(x, weight, Tensors.optional(bias));
  }

  /** Tokens [B, N, in] to [B, N, out], in the type of products. */
  Tensor forward(Tensor x, Pass pass) {
    return pass.way() == Way.PLAIN ? forward(x) : convolve(x, pass.precision());
  }

  private Tensor convolve(Tensor x, Precision precision) {
    long batch = x.size(0);
    long length = x.size(1);
    long rows = x.is_contiguous() ? rows(batch) : batch; // otherwise it would be copied
    Tensor joined = precision.cast(x).view(rows, batch / rows * length, x.size(2));
    Tensor map = joined.transpose(1, 2).unsqueeze(2); // [R, in, 1, B / R * N], channels last
    Tensor kernel = precision.cast(weight).unsqueeze(2).unsqueeze(3); // [out, in, 1, 1]
    Tensor convolved =
        torch.conv2d(
            map,
            kernel,
            Tensors.optional(precision.cast(bias)),
            new long[] {1, 1},
            new long[] {0, 0},
            new long[] {1, 1},
            /* groups= */ 1);
    return convolved
        .squeeze(2)
        .transpose(1, 2)
        .reshape(batch, length, weight.size(0)); // [B, N, out]
  }

  /** How many rows a batch becomes: the fewest that keep every thread busy and divide it. */
  private static long rows(long batch) {
    long rows = Math.min(Engine.threads(), batch);
    while (batch % rows != 0) {
      rows++;
    }
    return rows;
  }
}
