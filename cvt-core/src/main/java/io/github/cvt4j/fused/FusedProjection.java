package io.github.cvt4j.fused;

import io.github.cvt4j.fused.FusedConv.Geometry;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tokens;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

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

  private final FusedConv conv;

  FusedProjection(Weights weights, String prefix, int stride, int padding, Size grid) {
    try (Scope scope = Scope.open()) {
      Tensor kernel = weights.readExactly(prefix + ".conv.weight"); // [C, 1, k, k]
      Tensor variance = weights.readExactly(prefix + ".bn.running_var");
      Tensor ratio =
          weights
              .readExactly(prefix + ".bn.weight")
              .div(variance.add(new Scalar(EPS)).sqrt()); // [C]
      Tensor mean = weights.readExactly(prefix + ".bn.running_mean");
      Tensor shift = weights.readExactly(prefix + ".bn.bias").sub(mean.mul(ratio));
      Geometry depthWise = new Geometry(stride, padding, (int) kernel.size(0));
      conv =
          weights
              .kernels()
              .conv(weights, kernel.mul(ratio.view(-1, 1, 1, 1)), shift, depthWise, grid);
    }
  }

  /** [B, C, H, W] to tokens [B, h*w, C]. */
  Tensor forward(Tensor map) {
    return Tokens.fromMap(conv.forward(map));
  }
}
