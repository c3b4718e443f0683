package io.github.cvt4j.onnx;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.weights.StateDict;
import java.util.List;

/** The Convolutional vision Transformer (Wu et al. 2021) as a graph. */
final class CvtGraph {

  /** What the first size of inputs and outputs is called. */
  private static final String BATCH = "batch";

  private final Graph graph;
  private final Operators ops;
  private final Layers layers;
  private final CvtSpec spec;
  private final List<Size> grids; // null if known at run time only

  private CvtGraph(CvtSpec spec, StateDict weights, OnnxOptions options) {
    this.graph = new Graph(options.precision().type());
    this.ops = new Operators(graph);
    this.layers = new Layers(graph, weights);
    this.spec = spec;
    List<Size> fixed = spec.grids(options.size()); // refuses sizes that do not fit
    this.grids = options.dynamicSize() ? null : fixed;
  }

  /** Pictures [B, channels, H, W], normalised, to logits [B, K] or features [B, C]. */
  static Graph of(CvtSpec spec, StateDict weights, OnnxOptions options) {
    CvtGraph cvt = new CvtGraph(spec, weights, options);
    boolean free = options.dynamicSize();
    Value input =
        cvt.graph.input(
            "input",
            ElementType.FLOAT,
            BATCH,
            Integer.toString(spec.inChannels()),
            free ? "height" : Integer.toString(options.size().height()),
            free ? "width" : Integer.toString(options.size().width()));
    cvt.write(input);
    return cvt.graph;
  }

  private void write(Value input) {
    boolean headless = spec.numClasses() == 0;
    String result = headless ? "features" : "logits";
    int width = headless ? spec.lastStage().dim() : spec.numClasses();
    if (graph.real() == ElementType.FLOAT) {
      forward(result, input);
    } else {
      Value narrow = ops.cast("input.narrow", input, graph.real());
      ops.cast(result, forward(result + ".narrow", narrow), ElementType.FLOAT);
    }
    graph.output(new Value(result), ElementType.FLOAT, BATCH, Integer.toString(width));
  }

  /**
   * @param result what the last node is called
   */
  private Value forward(String result, Value images) {
    Value x = images;
    StageGraph.Output output = null;
    for (int i = 0; i < spec.stages().size(); i++) {
      if (output != null) {
        x = output.grid().map(output.grid().stage() + ".out", output.tokens()); // [B, C, H, W]
      }
      Size grid = grids == null ? null : grids.get(i);
      output = new StageGraph(graph, layers, spec, i, grid).forward(x);
    }
    if (spec.numClasses() == 0) {
      return features(result, output.tokens());
    }
    return layers.head("head", result, features("features", output.tokens()));
  }

  /** Tokens [B, N, C] to the normalised class token, or the mean of the normalised ones, [B, C]. */
  private Value features(String result, Value tokens) {
    if (spec.lastStage().clsToken()) {
      return layers.layerNorm("norm", result, ops.row("cls", tokens, 0));
    }
    return ops.mean(result, layers.layerNorm("norm", tokens));
  }
}
