package io.github.cvt4j.nn;

import io.github.cvt4j.spec.Init;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.tensor.Tokens;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Multi-head attention over convolutionally projected tokens (paper section 3.2). The class token
 * skips the convolutions and joins q, k and v before the linear maps.
 *
 * <p>B pictures, H W grid, N tokens (with the class token), M keys, D heads, C channels.
 */
final class Attention {

  private final StageSpec stage;
  private final ConvProjection convQ; // null unless the method is DW_BN
  private final ConvProjection convK;
  private final ConvProjection convV;
  private final Linear projQ;
  private final Linear projK;
  private final Linear projV;
  private final Linear proj;
  private final String probeName;

  Attention(Parameters.Place place, StageSpec stage, Init init, String probeName) {
    this.stage = stage;
    this.probeName = probeName;
    Projection p = stage.projection();
    boolean convolve = p.method() == Projection.Method.DW_BN;
    convQ = convolve ? convolution(place.child("conv_proj_q"), p.strideQ(), p.paddingQ()) : null;
    convK = convolve ? convolution(place.child("conv_proj_k"), p.strideKv(), p.paddingKv()) : null;
    convV = convolve ? convolution(place.child("conv_proj_v"), p.strideKv(), p.paddingKv()) : null;
    projQ = linear(place.child("proj_q"), stage.qkvBias(), init);
    projK = linear(place.child("proj_k"), stage.qkvBias(), init);
    projV = linear(place.child("proj_v"), stage.qkvBias(), init);
    proj = linear(place.child("proj"), true, init);
    if (init == Init.XAVIER_TIED) {
      projK.startAs(projQ);
      if (convolve) {
        convK.startAs(convQ);
      }
    }
  }

  private ConvProjection convolution(Parameters.Place place, int stride, int padding) {
    return new ConvProjection(place, stage.dim(), stage.projection().kernel(), stride, padding);
  }

  private Linear linear(Parameters.Place place, boolean bias, Init init) {
    return new Linear(place, stage.dim(), stage.dim(), bias, Initializer.linear(init));
  }

  /** Tokens [B, N, C] of a grid of height x width to [B, N, C]. */
  Tensor forward(Tensor x, long height, long width, Pass pass) {
    Tensor cls = stage.clsToken() ? x.narrow(1, 0, 1) : null; // [B, 1, C]
    Tensor grid = stage.clsToken() ? x.narrow(1, 1, height * width) : x; // [B, H*W, C]
    Precision precision = pass.precision();
    Tensor q;
    Tensor k;
    Tensor v;
    switch (stage.projection().method()) {
      case DW_BN -> {
        Tensor map = Tokens.toMap(grid, height, width);
        Tensor token = precision.cast(cls); // first, so that less is copied
        q = Tokens.join(token, precision.cast(convQ.forward(map, pass)));
        k = Tokens.join(token, precision.cast(convK.forward(map, pass))); // [B, M, C]
        v = Tokens.join(token, precision.cast(convV.forward(map, pass)));
      }
      case AVG -> {
        q = x;
        k =
            Tokens.join(
                cls,
                Tokens.fromMap(Tokens.pool(Tokens.toMap(grid, height, width), stage.projection())));
        v = k;
      }
      case LINEAR -> {
        q = x;
        k = x;
        v = x;
      }
      default -> throw new AssertionError(stage.projection().method());
    }
    Tensor mixed =
        attend(
            heads(projQ.forward(q, pass)),
            heads(projK.forward(k, pass)),
            heads(projV.forward(v, pass)),
            pass);
    Tensor joined = mixed.transpose(1, 2).flatten(2, 3); // [B, N, C]
    return Drop.features(proj.forward(joined, pass), stage.drop().features(), pass);
  }

  /** [B, N, C] to [B, D, N, C/D]. */
  private Tensor heads(Tensor x) {
    return x.unflatten(2, stage.heads(), stage.dim() / stage.heads()).transpose(1, 2);
  }

  /** {@code softmax(q k^T / sqrt(C)) v}. */
  private Tensor attend(Tensor q, Tensor k, Tensor v, Pass pass) {
    double scale = stage.attentionScale();
    double drop = pass.training() ? stage.drop().attention() : 0;
    if (pass.probe().wantsQueries(probeName)) {
      pass.probe().see(probeName + ".queries", q);
      pass.probe().see(probeName + ".keys", k);
    }
    boolean wanted = pass.probe().wantsAttention(probeName);
    if (!wanted && pass.way() == Way.FAST && pass.precision() == Precision.FP32) {
      return torch.scaled_dot_product_attention(
          q,
          k,
          v,
          Tensors.optional(null),
          drop,
          /* is_causal= */ false,
          new DoubleOptional(scale),
          /* enable_gqa= */ false);
    }
    // In half types the fused kernel's backward pass is many times slower than these steps. The
    // scale comes first, for half has no room for large sums.
    Scalar factor = new Scalar(scale);
    Tensor turned = k.transpose(2, 3);
    Tensor scores = // [B, D, N, M]
        pass.way() == Way.PLAIN
            ? torch.matmul(q, turned).mul(factor)
            : torch.matmul(q.mul(factor), turned);
    Tensor attention = scores.softmax(3);
    if (wanted) {
      pass.probe().see(probeName, attention);
    }
    return torch.matmul(torch.dropout(attention, drop, pass.training()), v);
  }
}
