package io.github.cvt4j.onnx;

import java.util.function.Supplier;

/**
 * Between a stage's tokens [B, N, C], the class token in front if there is one, and its map [B, C,
 * H, W]. The transpositions stand right beside the convolutions and have four axes: ONNX Runtime
 * then makes them part of its own change of layout.
 */
final class Grid {

  private final Operators ops;
  private final String stage;
  private final boolean hasToken;
  private final Value tokensShape;
  private final Supplier<Value> makeShape;
  private Value shape; // null until it is needed

  /**
   * @param stage the stage's name
   * @param dim its channels
   * @param hasToken whether tokens begin with a class token
   * @param shape makes [B, H, W, C] as integers; the first may be 0, for what it is anyway
   */
  Grid(Graph graph, String stage, int dim, boolean hasToken, Supplier<Value> shape) {
    this.ops = new Operators(graph);
    this.stage = stage;
    this.hasToken = hasToken;
    this.makeShape = shape;
    this.tokensShape = graph.ints(stage + ".tokens_shape", 0, -1, dim);
  }

  String stage() {
    return stage;
  }

  /** Tokens to the map, the class token left out. */
  Value map(String name, Value tokens) {
    if (shape == null) {
      shape = makeShape.get();
    }
    Value inGrid = hasToken ? ops.rows(name + ".grid", tokens, 1, Long.MAX_VALUE) : tokens;
    Value last = ops.reshape(name + ".nhwc", inGrid, shape); // [B, H, W, C]
    return ops.transpose(name, last, 0, 3, 1, 2);
  }

  /** The class token [B, 1, C]. */
  Value token(String name, Value tokens) {
    return ops.rows(name, tokens, 0, 1);
  }

  /**
   * A map of any size to tokens.
   *
   * @param token put in front; null for none
   */
  Value tokens(String name, Value map, Value token) {
    Value last = ops.transpose(name + ".nhwc", map, 0, 2, 3, 1);
    return tokensOf(name, last, token);
  }

  /** The same for a map that has its channels last. */
  Value tokensOf(String name, Value map, Value token) {
    Value tokens = ops.reshape(name + ".tokens", map, tokensShape);
    return token == null ? tokens : ops.concat(name + ".joined", 1, token, tokens);
  }
}
