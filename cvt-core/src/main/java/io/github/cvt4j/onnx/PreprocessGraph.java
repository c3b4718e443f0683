package io.github.cvt4j.onnx;

import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import java.util.List;

/**
 * Pictures [B, H, W, 3] of bytes, all of one size, to the network's input [B, 3, h, w], as the
 * library's preprocessor does it.
 *
 * <p>Resizing is Pillow's, antialiased and with bytes between its two passes, as far as the runtime
 * follows it: ONNX Runtime computes Pillow's weights in single precision, so that now and then a
 * byte is one level off. All else is the same to the last bit.
 */
final class PreprocessGraph {

  private static final double PILLOW_A = -0.5;

  private final Graph graph;
  private final Operators ops;
  private final Preprocess preprocess;
  private final Size size;

  PreprocessGraph(Graph graph, Preprocess preprocess) {
    this.graph = graph;
    this.ops = new Operators(graph);
    this.preprocess = preprocess;
    this.size = preprocess.size();
  }

  Value forward(Value pictures) {
    Value planes = ops.transpose("image.planes", pictures, 0, 3, 1, 2); // [B, 3, H, W]
    Value view =
        switch (preprocess.resize()) {
          case WARP -> resized(planes, graph.ints("image.size", size.height(), size.width()));
          case CROP -> cropped(planes);
        };
    Value scaled = ops.cast("image.float", view, ElementType.FLOAT);
    scaled = ops.div("image.scaled", scaled, graph.floats("image.levels", 255));
    Value mean = graph.floats("image.mean", values(preprocess.mean()));
    Value std = graph.floats("image.std", values(preprocess.std()));
    return ops.div("input", ops.sub("image.centred", scaled, mean), std);
  }

  private static double[] values(List<Double> channels) {
    return channels.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private Value resized(Value planes, Value sizes) {
    boolean cubic = preprocess.interpolation() == Preprocess.Interpolation.BICUBIC;
    return ops.antialiased("image.resized", planes, sizes, cubic ? "cubic" : "linear", PILLOW_A);
  }

  /**
   * Resized until the tighter side fits, then the centre cut out.
   *
   * <p>With t, w the sides to fit (size / ratio, truncated) the resized picture is (t, t W / H) or
   * (w H / W, w), truncated, whichever has no side below (t, w): it is the larger one in both
   * sides, so their maximum. Round goes to even for halves, as Python's does.
   */
  private Value cropped(Value planes) {
    Value sides = ops.shape("image.sides", planes, 2, 4); // H, W
    long tall = (int) (size.height() / preprocess.cropRatio());
    long wide = (int) (size.width() / preprocess.cropRatio());
    Value byHeight =
        fitted("image.by_height", sides, tall, ops.shape("image.height", planes, 2, 3));
    Value byWidth = fitted("image.by_width", sides, wide, ops.shape("image.width", planes, 3, 4));
    Value sizes = ops.max("image.sizes", byHeight, byWidth);
    Value kept = graph.ints("image.kept", size.height(), size.width());
    Value surplus =
        ops.cast("image.surplus", ops.sub("image.rest", sizes, kept), ElementType.FLOAT);
    Value half = ops.round("image.half", ops.div("image.halved", surplus, graph.floats("two", 2)));
    Value origin = ops.cast("image.origin", half, ElementType.INT64);
    Value end = ops.add("image.end", origin, kept);
    Value cut = ops.window("image.cut", resized(planes, sizes), origin, end);
    // Says the size, which cannot be seen from the cut.
    return ops.reshape(
        "image.view", cut, graph.ints("image.shape", 0, 3, size.height(), size.width()));
  }

  /** Sides multiplied by target / side, truncated. */
  private Value fitted(String name, Value sides, long target, Value side) {
    Value product = ops.mul(name + ".product", sides, graph.ints(name + ".target", target));
    return ops.div(name, product, side);
  }
}
