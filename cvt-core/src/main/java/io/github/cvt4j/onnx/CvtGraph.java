package io.github.cvt4j.onnx;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Quantization;
import java.util.List;

/** The Convolutional vision Transformer (Wu et al. 2021) as a graph. */
final class CvtGraph {

  // What sizes are called that are free.
  private static final String BATCH = "batch";
  private static final String HEIGHT = "height";
  private static final String WIDTH = "width";

  private static final int RGB = 3;

  private final Graph graph;
  private final Operators ops;
  private final Layers layers;
  private final CvtSpec spec;
  private final List<Size> grids; // null if known at run time only

  private CvtGraph(ModelFile model, OnnxOptions options) {
    this.graph = new Graph(options.precision().type());
    this.ops = new Operators(graph);
    boolean integers = options.precision() == OnnxOptions.Precision.INT8;
    Quantization quantization = integers ? Quantization.of(model.weights()) : Quantization.NONE;
    if (integers && quantization.inputs().isEmpty()) {
      throw new OnnxException("int8 needs weights that were quantized; ./cvt quantize makes them");
    }
    this.layers = new Layers(graph, model.weights(), quantization);
    this.spec = model.spec();
    List<Size> fixed = spec.grids(options.size()); // refuses sizes that do not fit
    this.grids = options.dynamicSize() ? null : fixed;
  }

  /** Pictures [B, channels, H, W], normalised, or bytes [B, H, W, 3] to logits or features. */
  static Graph of(ModelFile model, OnnxOptions options) {
    CvtGraph cvt = new CvtGraph(model, options);
    Value input = options.preprocessing() ? cvt.bytes(model, options) : cvt.normalised(options);
    cvt.write(input);
    return cvt.graph;
  }

  private Value normalised(OnnxOptions options) {
    boolean free = options.dynamicSize();
    return graph.input(
        "input",
        ElementType.FLOAT,
        BATCH,
        Integer.toString(spec.inChannels()),
        free ? HEIGHT : Integer.toString(options.size().height()),
        free ? WIDTH : Integer.toString(options.size().width()));
  }

  private Value bytes(ModelFile model, OnnxOptions options) {
    if (spec.inChannels() != RGB) {
      throw new OnnxException(
          "preprocessing gives 3 channels, but the model takes " + spec.inChannels());
    }
    Value image =
        graph.input("image", ElementType.UINT8, BATCH, HEIGHT, WIDTH, Integer.toString(RGB));
    return new PreprocessGraph(graph, model.preprocess().withSize(options.size())).forward(image);
  }

  /** The network from its input to the graph's output, logits [B, K] or features [B, C]. */
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
