package io.github.cvt4j.onnx;

import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;

/** A token embedding and its blocks. */
final class StageGraph {

  /** QuickGELU's slope: {@code x * sigmoid(1.702 x)}. */
  private static final double SLOPE = 1.702;

  private final Graph graph;
  private final Operators ops;
  private final Layers layers;
  private final CvtSpec spec;
  private final StageSpec stage;
  private final Size own; // grid of the spec's image size, which position embeddings have
  private final Size size;
  private final String name;

  /**
   * @param index the stage's number
   * @param size its grid; null if that is known at run time only
   */
  StageGraph(Graph graph, Layers layers, CvtSpec spec, int index, Size size) {
    this.graph = graph;
    this.ops = new Operators(graph);
    this.layers = layers;
    this.spec = spec;
    this.stage = spec.stages().get(index);
    this.own = spec.grids(spec.imageSize()).get(index);
    this.size = size;
    this.name = "stage" + index;
  }

  /**
   * What a stage makes.
   *
   * @param tokens [B, N, C], the class token in front if the stage has one
   * @param grid turns them into a map
   */
  record Output(Value tokens, Grid grid) {}

  /** [B, C', H', W'] to tokens. */
  Output forward(Value x) {
    String embed = name + ".patch_embed";
    Value map = layers.convolution(embed + ".proj", x, stage.patch());
    map = ops.transpose(embed + ".proj.nhwc", map, 0, 2, 3, 1); // [B, H, W, C]
    Value normed = layers.layerNorm(embed + ".norm", map);
    Value placed =
        stage.posEmbed() ? ops.add(name + ".positioned", normed, positions(normed)) : normed;
    Grid grid = new Grid(graph, name, stage.dim(), stage.clsToken(), () -> shape(normed));
    Value tokens = grid.tokensOf(name, placed, stage.clsToken() ? token(normed) : null);
    for (int j = 0; j < stage.depth(); j++) {
      tokens = block(name + ".blocks." + j, tokens, grid);
    }
    return new Output(tokens, grid);
  }

  private Value shape(Value map) {
    return size == null
        ? ops.shape(name + ".map_shape", map, 0, 4)
        : graph.ints(name + ".map_shape", 0, size.height(), size.width(), stage.dim());
  }

  /** The class token for each picture, [B, 1, C]. */
  private Value token(Value map) {
    Value batch = ops.shape(name + ".batch", map, 0, 1);
    Value shape = ops.concat(name + ".cls_shape", 0, batch, graph.ints("one_one", 1, 1));
    return ops.expand(name + ".cls", layers.constant(name + ".cls_token"), shape);
  }

  /** The position embedding [1, H, W, C]: resized where the grid is, or may be, another. */
  private Value positions(Value map) {
    Value embedding = layers.constant(name + ".pos_embed"); // [1, C, h, w]
    if (!own.equals(size)) {
      Value outer = graph.ints(name + ".pos_embed.outer", 1, stage.dim());
      Value inner =
          size == null
              ? ops.shape(name + ".pos_embed.inner", map, 1, 3)
              : graph.ints(name + ".pos_embed.inner", size.height(), size.width());
      Value sizes = ops.concat(name + ".pos_embed.sizes", 0, outer, inner);
      embedding = ops.bicubic(name + ".pos_embed.resized", embedding, sizes);
    }
    return ops.transpose(name + ".pos_embed.nhwc", embedding, 0, 2, 3, 1);
  }

  /** One transformer block: pre-norm attention and pre-norm MLP, each on a residual branch. */
  private Value block(String path, Value x, Grid grid) {
    AttentionGraph attention = new AttentionGraph(graph, layers, stage, grid, path + ".attn");
    Value mixed = attention.forward(layers.layerNorm(path + ".norm1", x));
    x = ops.add(path + ".attended", x, mixed);
    return ops.add(path, x, mlp(path + ".mlp", layers.layerNorm(path + ".norm2", x)));
  }

  private Value mlp(String path, Value x) {
    Value hidden = layers.linear(path + ".fc1", x, /* hasBias= */ true);
    return layers.linear(path + ".fc2", activated(path + ".act", hidden), /* hasBias= */ true);
  }

  /** In the operators that ONNX Runtime fuses to one. */
  private Value activated(String path, Value x) {
    if (spec.activation() == Activation.GELU) {
      return ops.gelu(path, x);
    }
    Value scaled = ops.mul(path + ".scaled", x, graph.scalar("quick_gelu.slope", SLOPE));
    return ops.mul(path, x, ops.sigmoid(path + ".sigmoid", scaled));
  }
}
