package io.github.cvt4j.fused;

import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** Convolutional token embedding (paper section 3.1): overlapping patches, then layer norm. */
final class FusedEmbed {

  private final Patch patch;
  private final Tensor weight; // [C, C', size, size], channels last
  private final Tensor bias; // [C]
  private final FusedLayerNorm norm;

  FusedEmbed(Weights weights, String prefix, Patch patch) {
    this.patch = patch;
    try (Scope scope = Scope.open()) {
      Tensor kernel = weights.own(weights.read(prefix + ".proj.weight"));
      weight = weights.adopt(kernel.contiguous(MemoryFormat.ChannelsLast));
      bias = weights.own(weights.read(prefix + ".proj.bias"));
    }
    norm = new FusedLayerNorm(weights, prefix + ".norm");
  }

  /** [B, C', H', W'] to a map [B, C, H, W], normalised over C. */
  Tensor forward(Tensor x) {
    return Scope.only(() -> normalised(x));
  }

  private Tensor normalised(Tensor x) {
    Tensor map =
        torch.conv2d(
            x.contiguous(MemoryFormat.ChannelsLast),
            weight,
            Tensors.optional(bias),
            new long[] {patch.stride(), patch.stride()},
            new long[] {patch.padding(), patch.padding()},
            new long[] {1, 1},
            /* groups= */ 1);
    return Tokens.toMap(norm.forward(Tokens.fromMap(map)), map.size(2), map.size(3));
  }
}
