package io.github.cvt4j.nn;

import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.tensor.Tokens;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The spatial half of the convolutional projection (paper section 3.2): depth-wise convolution
 * without bias, then batch norm.
 */
final class ConvProjection {

  private final int dim;
  private final int stride;
  private final int padding;
  private final Tensor weight; // [C, 1, k, k]
  private final BatchNorm norm;

  ConvProjection(Parameters.Place place, int dim, int kernel, int stride, int padding) {
    this.dim = dim;
    this.stride = stride;
    this.padding = padding;
    Initializer fanIn = Initializer.fanIn(kernel * kernel);
    weight = place.child("conv").parameter("weight", fanIn, dim, 1, kernel, kernel);
    norm = new BatchNorm(place.child("bn"), dim);
  }

  /** Takes over the other's filters, once, before training. */
  void startAs(ConvProjection other) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      weight.copy_(other.weight);
    }
  }

  /** [B, C, H, W] to tokens [B, h*w, C]. */
  Tensor forward(Tensor map, Pass pass) {
    Tensor convolved =
        torch.conv2d(
            map,
            weight,
            Tensors.optional(null),
            new long[] {stride, stride},
            new long[] {padding, padding},
            new long[] {1, 1},
            /* groups= */ dim);
    return Tokens.fromMap(norm.forward(convolved, pass));
  }
}
