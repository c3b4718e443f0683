package io.github.cvt4j.fused;

import io.github.cvt4j.fused.FusedConv.Geometry;
import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tokens;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** Convolutional token embedding (paper section 3.1): overlapping patches, then layer norm. */
final class FusedEmbed {

  private final FusedConv conv;
  private final FusedLayerNorm norm;

  /**
   * @param input size of the maps of the model's own image size
   */
  FusedEmbed(Weights weights, String prefix, Patch patch, Size input) {
    try (Scope scope = Scope.open()) {
      conv =
          weights
              .kernels()
              .conv(
                  weights,
                  weights.read(prefix + ".proj.weight"), // [C, C', size, size]
                  weights.read(prefix + ".proj.bias"),
                  new Geometry(patch.stride(), patch.padding(), /* groups= */ 1),
                  input);
    }
    norm = new FusedLayerNorm(weights, prefix + ".norm");
  }

  /** [B, C', H', W'] to a map [B, C, H, W], normalised over C. */
  Tensor forward(Tensor x) {
    return Scope.only(
        () -> {
          Tensor map = conv.forward(x.contiguous(MemoryFormat.ChannelsLast));
          return Tokens.toMap(norm.forward(Tokens.fromMap(map)), map.size(2), map.size(3));
        });
  }
}
