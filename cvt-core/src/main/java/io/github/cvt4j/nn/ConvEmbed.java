package io.github.cvt4j.nn;

import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.tensor.Tokens;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** Convolutional token embedding (paper section 3.1): overlapping patches, then layer norm. */
final class ConvEmbed {

  private final Patch patch;
  private final Tensor weight; // [C, C', size, size]
  private final Tensor bias; // [C]
  private final LayerNorm norm;

  ConvEmbed(Parameters.Place place, Patch patch, int in, int dim) {
    this.patch = patch;
    Parameters.Place proj = place.child("proj");
    Initializer fanIn = Initializer.fanIn(in * patch.size() * patch.size());
    weight = proj.parameter("weight", fanIn, dim, in, patch.size(), patch.size());
    bias = proj.parameter("bias", fanIn, dim);
    norm = new LayerNorm(place.child("norm"), dim);
  }

  /** [B, C', H', W'] to [B, C, H, W], normalised over C. */
  Tensor forward(Tensor x, Pass pass) {
    Precision precision = pass.precision();
    Tensor input = pass.way() == Way.PLAIN ? x : x.contiguous(MemoryFormat.ChannelsLast);
    Tensor map =
        torch.conv2d(
            precision.cast(input),
            precision.cast(weight),
            Tensors.optional(precision.cast(bias)),
            new long[] {patch.stride(), patch.stride()},
            new long[] {patch.padding(), patch.padding()},
            new long[] {1, 1},
            /* groups= */ 1);
    Tensor tokens = norm.forward(precision.widen(Tokens.fromMap(map)));
    return Tokens.toMap(tokens, map.size(2), map.size(3));
  }
}
