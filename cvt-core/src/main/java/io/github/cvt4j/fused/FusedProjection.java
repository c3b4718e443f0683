package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The spatial half of the convolutional projection (paper section 3.2) with its batch norm folded
 * in. With running mean m, variance v, scale g and shift s,
 *
 * <pre>g (w * x - m) / sqrt(v + eps) + s  =  (w r) * x + (s - m r)   where r = g / sqrt(v + eps)
 * </pre>
 *
 * for each channel, padding included, for the batch norm comes after the convolution.
 */
final class FusedProjection {

  private static final double EPS = 1e-5;

  private final Tensor weight; // [C, 1, k, k]
  private final Tensor bias; // [C]
  private final int stride;
  private final int padding;

  FusedProjection(Weights weights, String prefix, int stride, int padding) {
    this.stride = stride;
    this.padding = padding;
    try (Scope scope = Scope.open()) {
      Tensor kernel = weights.read(prefix + ".conv.weight");
      Tensor variance = weights.read(prefix + ".bn.running_var");
      Tensor ratio =
          weights.read(prefix + ".bn.weight").div(variance.add(new Scalar(EPS)).sqrt()); // [C]
      Tensor mean = weights.read(prefix + ".bn.running_mean");
      weight = weights.own(kernel.mul(ratio.view(-1, 1, 1, 1)));
      bias = weights.own(weights.read(prefix + ".bn.bias").sub(mean.mul(ratio)));
    }
  }

  /** [B, C, H, W] to tokens [B, h*w, C]. */
  Tensor forward(Tensor map) {
    return Tokens.fromMap(
        torch.conv2d(
            map,
            weight,
            Tensors.optional(bias),
            new long[] {stride, stride},
            new long[] {padding, padding},
            new long[] {1, 1},
            /* groups= */ weight.size(0)));
  }
}
