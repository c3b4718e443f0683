package io.github.cvt4j.onnx;

import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.StageSpec;

/**
 * Multi-head attention over convolutionally projected tokens (paper section 3.2).
 *
 * <p>B pictures, N tokens (with the class token), M keys, D heads, C channels.
 */
final class AttentionGraph {

  private final Graph graph;
  private final Operators ops;
  private final Layers layers;
  private final StageSpec stage;
  private final Grid grid;
  private final String name;

  /**
   * @param name such as {@code stage0.blocks.1.attn}
   */
  AttentionGraph(Graph graph, Layers layers, StageSpec stage, Grid grid, String name) {
    this.graph = graph;
    this.ops = new Operators(graph);
    this.layers = layers;
    this.stage = stage;
    this.grid = grid;
    this.name = name;
  }

  /** [B, N, C] to [B, N, C]. */
  Value forward(Value x) {
    Value q = x;
    Value k = x;
    Value v = x;
    Projection projection = stage.projection();
    switch (projection.method()) {
      case DW_BN -> {
        Patch forQ = new Patch(projection.kernel(), projection.strideQ(), projection.paddingQ());
        Value map = grid.map(name + ".map", x);
        Value token = stage.clsToken() ? grid.token(name + ".cls", x) : null;
        q = convolved("conv_proj_q", map, token, forQ);
        k = convolved("conv_proj_k", map, token, window(projection)); // [B, M, C]
        v = convolved("conv_proj_v", map, token, window(projection));
      }
      case AVG -> {
        Value pooled =
            ops.averagePool(name + ".pool", grid.map(name + ".map", x), window(projection));
        Value token = stage.clsToken() ? grid.token(name + ".cls", x) : null;
        k = grid.tokens(name + ".pool", pooled, token);
        v = k;
      }
      case LINEAR -> {}
      default -> throw new AssertionError(projection.method());
    }
    // Scaled by the whole width, not by a head's (microsoft lib/models/cls_cvt.py).
    double scale = 1 / Math.sqrt(stage.dim());
    q = layers.scaledLinear(name + ".proj_q", q, stage.qkvBias(), scale);
    k = layers.linear(name + ".proj_k", k, stage.qkvBias());
    v = layers.linear(name + ".proj_v", v, stage.qkvBias());
    Value scores = ops.matMul(name + ".scores", heads("q", q), keys(k)); // [B, D, N, M]
    Value attention = ops.softmax(name + ".softmax", scores);
    Value mixed = ops.matMul(name + ".mixed", attention, heads("v", v));
    return layers.linear(name + ".proj", joined(mixed), /* hasBias= */ true);
  }

  private static Patch window(Projection projection) {
    return new Patch(projection.kernel(), projection.strideKv(), projection.paddingKv());
  }

  private Value convolved(String part, Value map, Value token, Patch window) {
    String path = name + "." + part;
    return grid.tokens(path, layers.convolutionAndNorm(path, map, window), token);
  }

  /** [B, N, C] to [B, D, N, C/D]; with one head there is nothing to move. */
  private Value heads(String part, Value x) {
    return stage.heads() == 1 ? x : ops.transpose(name + "." + part, split(part, x), 0, 2, 1, 3);
  }

  /** [B, M, C] to [B, D, C/D, M]. */
  private Value keys(Value x) {
    return stage.heads() == 1
        ? ops.transpose(name + ".k", x, 0, 2, 1)
        : ops.transpose(name + ".k", split("k", x), 0, 2, 3, 1);
  }

  private Value split(String part, Value x) {
    int heads = stage.heads();
    Value shape = graph.ints(grid.stage() + ".heads_shape", 0, 0, heads, stage.dim() / heads);
    return ops.reshape(name + "." + part + ".heads", x, shape);
  }

  /** [B, D, N, C/D] to [B, N, C]. */
  private Value joined(Value x) {
    if (stage.heads() == 1) {
      return x;
    }
    Value shape = graph.ints(grid.stage() + ".joined_shape", 0, 0, stage.dim());
    return ops.reshape(name + ".joined", ops.transpose(name + ".tokens", x, 0, 2, 1, 3), shape);
  }
}
