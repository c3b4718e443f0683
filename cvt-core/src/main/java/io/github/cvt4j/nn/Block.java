package io.github.cvt4j.nn;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.StageSpec;
import org.bytedeco.pytorch.Tensor;

/** One transformer block: pre-norm attention and pre-norm MLP, each on a residual branch. */
final class Block {

  private final LayerNorm norm1;
  private final Attention attention;
  private final LayerNorm norm2;
  private final Mlp mlp;
  private final double dropPath;

  Block(Parameters.Place place, CvtSpec spec, StageSpec stage, int index, String probeName) {
    norm1 = new LayerNorm(place.child("norm1"), stage.dim());
    attention = new Attention(place.child("attn"), stage, spec.init(), probeName + ".attention");
    norm2 = new LayerNorm(place.child("norm2"), stage.dim());
    mlp = new Mlp(place.child("mlp"), stage, spec.activation(), spec.init());
    dropPath = stage.dropPath(index);
  }

  /** [B, N, C] to [B, N, C]. */
  Tensor forward(Tensor x, long height, long width, Pass pass) {
    x = x.add(Drop.path(attention.forward(norm1.forward(x), height, width, pass), dropPath, pass));
    return x.add(Drop.path(mlp.forward(norm2.forward(x), pass), dropPath, pass));
  }
}
