package io.github.cvt4j.fused;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

/** One transformer block: pre-norm attention and pre-norm MLP, each on a residual branch. */
final class FusedBlock {

  private final FusedLayerNorm norm1;
  private final FusedAttention attention;
  private final FusedLayerNorm norm2;
  private final FusedMlp mlp;

  FusedBlock(Weights weights, String prefix, CvtSpec spec, StageSpec stage, Size grid) {
    norm1 = new FusedLayerNorm(weights, prefix + ".norm1");
    attention = new FusedAttention(weights, prefix + ".attn", stage, grid);
    norm2 = new FusedLayerNorm(weights, prefix + ".norm2");
    mlp = new FusedMlp(weights, prefix + ".mlp", spec.activation());
  }

  /** [B, N, C] to [B, N, C]. */
  Tensor forward(Tensor x, long height, long width) {
    return Scope.only(() -> mlp(attention.plus(norm1.forward(x), x, height, width)));
  }

  /**
   * Tokens [B, N, C] to the class token [B, 1, C] after this block. Where nothing else is read from
   * the last block, only its keys and values need all tokens: the rest is computed for one.
   */
  Tensor clsOnly(Tensor x, long height, long width) {
    return Scope.only(() -> mlp(attention.plusCls(norm1.forward(x), x, height, width)));
  }

  private Tensor mlp(Tensor x) {
    return mlp.plus(norm2.forward(x), x);
  }
}
