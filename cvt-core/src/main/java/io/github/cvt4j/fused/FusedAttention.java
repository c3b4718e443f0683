package io.github.cvt4j.fused;

import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.tensor.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Multi-head attention over convolutionally projected tokens (paper section 3.2). Linear maps that
 * share their input run as one, with their weights stacked.
 *
 * <p>B pictures, N tokens (with the class token), M keys, D heads, C channels.
 */
final class FusedAttention {

  /** Queries, keys and values, each [B, tokens, C]; views into one product where they share it. */
  private record Projected(Tensor q, Tensor k, Tensor v) {}

  private final StageSpec stage;
  private final AttentionKernel kernel;
  private final FusedProjection convQ; // null unless the method is DW_BN
  private final FusedProjection convK;
  private final FusedProjection convV;
  private final List<FusedLinear> maps; // DW_BN: q, k, v; AVG: q, kv; LINEAR: qkv
  private final FusedLinear proj;

  FusedAttention(Weights weights, String prefix, StageSpec stage, Size grid) {
    this.stage = stage;
    kernel = weights.attention();
    Projection p = stage.projection();
    boolean convolve = p.method() == Projection.Method.DW_BN;
    String conv = prefix + ".conv_proj_";
    convQ =
        convolve ? new FusedProjection(weights, conv + "q", p.strideQ(), p.paddingQ(), grid) : null;
    convK =
        convolve
            ? new FusedProjection(weights, conv + "k", p.strideKv(), p.paddingKv(), grid)
            : null;
    convV =
        convolve
            ? new FusedProjection(weights, conv + "v", p.strideKv(), p.paddingKv(), grid)
            : null;
    maps =
        switch (p.method()) {
          case DW_BN ->
              List.of(
                  stacked(weights, prefix, "q"),
                  stacked(weights, prefix, "k"),
                  stacked(weights, prefix, "v"));
          case AVG -> List.of(stacked(weights, prefix, "q"), stacked(weights, prefix, "k", "v"));
          case LINEAR -> List.of(stacked(weights, prefix, "q", "k", "v"));
        };
    try (Scope scope = Scope.open()) {
      String name = prefix + ".proj";
      Tensor weight = weights.read(name + ".weight");
      Tensor bias = weights.read(name + ".bias");
      proj = weights.linear(List.of(name), 1, weight, bias, /* output= */ null);
    }
  }

  private FusedLinear stacked(Weights weights, String prefix, String... names) {
    try (Scope scope = Scope.open()) {
      List<String> layers = Stream.of(names).map(name -> prefix + ".proj_" + name).toList();
      List<Tensor> rows = new ArrayList<>();
      List<Tensor> biases = new ArrayList<>();
      for (String layer : layers) {
        rows.add(weights.read(layer + ".weight"));
        if (stage.qkvBias()) {
          biases.add(weights.read(layer + ".bias"));
        }
      }
      Tensor bias = biases.isEmpty() ? null : joined(biases);
      return weights.linear(layers, 1, joined(rows), bias, /* output= */ null);
    }
  }

  private static Tensor joined(List<Tensor> parts) {
    return parts.size() == 1
        ? parts.get(0)
        : torch.cat(Tensors.list(parts.toArray(Tensor[]::new)), 0);
  }

  /** The residual [B, N, C] with the attention of its normalised tokens [B, N, C] added. */
  Tensor plus(Tensor x, Tensor residual, long height, long width) {
    return Scope.only(() -> proj.plus(attend(x, x, height, width), residual));
  }

  /** The same for the class token alone: [B, N, C] to [B, 1, C]. */
  Tensor plusCls(Tensor x, Tensor residual, long height, long width) {
    return Scope.only(
        () -> proj.plus(attend(cls(x), x, height, width), cls(residual).contiguous()));
  }

  private static Tensor cls(Tensor x) {
    return x.narrow(1, 0, 1); // [B, 1, C]
  }

  /**
   * @param asking the tokens whose queries are wanted: all, or the class token
   * @param x all tokens
   */
  private Tensor attend(Tensor asking, Tensor x, long height, long width) {
    Projection p = stage.projection();
    int keys = p.keyGrid((int) height) * p.keyGrid((int) width) + clsTokens();
    int padding = p.method() == Projection.Method.LINEAR ? 0 : kernel.padding(keys);
    Projected projected =
        switch (p.method()) {
          case DW_BN -> convolved(asking, x, height, width, padding);
          case AVG -> pooled(asking, x, height, width, padding);
          case LINEAR -> shared(asking, x);
        };
    Tensor mixed =
        kernel.mix(
            heads(projected.q),
            heads(projected.k),
            heads(projected.v),
            stage.attentionScale(),
            padding);
    return mixed.transpose(1, 2).flatten(2, 3); // [B, N, C]
  }

  private Projected convolved(Tensor asking, Tensor x, long height, long width, int padding) {
    Tensor cls = stage.clsToken() ? cls(x) : null;
    Tensor map = Tokens.toMap(grid(x, height, width), height, width);
    Tensor rest = padding(x, padding);
    boolean all = asking.size(1) == x.size(1);
    return new Projected(
        Scope.only(() -> maps.get(0).forward(all ? Tokens.join(cls, convQ.forward(map)) : cls)),
        Scope.only(() -> maps.get(1).forward(Tokens.join(cls, convK.forward(map), rest))),
        Scope.only(() -> maps.get(2).forward(Tokens.join(cls, convV.forward(map), rest))));
  }

  private Projected pooled(Tensor asking, Tensor x, long height, long width, int padding) {
    Tensor cls = stage.clsToken() ? cls(x) : null;
    Tensor pooled =
        Tokens.pool(Tokens.toMap(grid(x, height, width), height, width), stage.projection());
    Tensor keys = Tokens.join(cls, Tokens.fromMap(pooled), padding(x, padding));
    Tensor both = maps.get(1).forward(keys); // [B, M, 2C]
    return new Projected(maps.get(0).forward(asking), part(both, 0), part(both, 1));
  }

  private Projected shared(Tensor asking, Tensor x) {
    Tensor all = maps.get(0).forward(x); // [B, N, 3C]
    return new Projected(part(all, 0).narrow(1, 0, asking.size(1)), part(all, 1), part(all, 2));
  }

  private Tensor part(Tensor x, int index) {
    return x.narrow(2, (long) index * stage.dim(), stage.dim());
  }

  private int clsTokens() {
    return stage.clsToken() ? 1 : 0;
  }

  /** The tokens without the class token, dense, so that no convolution has to copy them. */
  private Tensor grid(Tensor x, long height, long width) {
    return x.narrow(1, clsTokens(), height * width).contiguous(); // [B, H*W, C]
  }

  /** [B, N, C] to [B, D, N, C/D]. */
  private Tensor heads(Tensor x) {
    return x.unflatten(2, stage.heads(), stage.dim() / stage.heads()).transpose(1, 2);
  }

  private static Tensor padding(Tensor like, int tokens) {
    return tokens == 0
        ? null
        : Tensors.empty(like.scalar_type(), like.size(0), tokens, like.size(2)).zero_();
  }
}
