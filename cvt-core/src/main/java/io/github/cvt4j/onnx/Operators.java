package io.github.cvt4j.onnx;

import io.github.cvt4j.spec.Patch;
import java.util.Arrays;
import java.util.List;

/**
 * The operators of ONNX that a CvT needs, with their arity and attributes, as operator set {@value
 * #OPSET} defines them.
 *
 * <p>That set is the first in which each of them says exactly what the network computes: layer norm
 * came with 17, antialiased resizing with 18, a defined divisor at the border of average pooling in
 * ceil mode with 19 and GELU with 20. From 21 on, Transpose and Reshape have versions that many a
 * released ONNX Runtime leaves out of its fusions. ONNX Runtime reads the set since its version
 * 1.17.
 */
final class Operators {

  static final int OPSET = 20;

  /** Version of the file format that belongs to the operator set. */
  static final int IR_VERSION = 9;

  private static final double NORM_EPS = 1e-5;

  private final Graph graph;

  Operators(Graph graph) {
    this.graph = graph;
  }

  Value matMul(String name, Value a, Value b) {
    return graph.node("MatMul", name, List.of(a, b));
  }

  /** {@code x weight^T + bias} of matrices; weight as PyTorch keeps it, [out, in]. */
  Value gemm(String name, Value x, Value weight, Value bias) {
    return graph.node("Gemm", name, List.of(x, weight, bias), Attribute.of("transB", 1));
  }

  Value add(String name, Value a, Value b) {
    return graph.node("Add", name, List.of(a, b));
  }

  Value mul(String name, Value a, Value b) {
    return graph.node("Mul", name, List.of(a, b));
  }

  Value sub(String name, Value a, Value b) {
    return graph.node("Sub", name, List.of(a, b));
  }

  /** Of integers, truncated. */
  Value div(String name, Value a, Value b) {
    return graph.node("Div", name, List.of(a, b));
  }

  Value max(String name, Value a, Value b) {
    return graph.node("Max", name, List.of(a, b));
  }

  /** Halves go to the even neighbour. */
  Value round(String name, Value x) {
    return graph.node("Round", name, List.of(x));
  }

  Value sigmoid(String name, Value x) {
    return graph.node("Sigmoid", name, List.of(x));
  }

  /** What lies beyond an end becomes it. */
  Value clip(String name, Value x, Value low, Value high) {
    return graph.node("Clip", name, List.of(x, low, high));
  }

  /** Floats to bytes: {@code round(x / scale) + zero}, cut to what a byte holds. */
  Value quantize(String name, Value x, Value scale, Value zero) {
    return graph.node("QuantizeLinear", name, List.of(x, scale, zero));
  }

  /** Bytes to floats. */
  Value dequantize(String name, Value x, Value scale, Value zero) {
    return graph.node("DequantizeLinear", name, List.of(x, scale, zero));
  }

  /** Signed bytes to floats, each column of a matrix on its scale. */
  Value dequantizeColumns(String name, Value x, Value scales) {
    return graph.node("DequantizeLinear", name, List.of(x, scales), Attribute.of("axis", 1));
  }

  /** With the exact error function. */
  Value gelu(String name, Value x) {
    return graph.node("Gelu", name, List.of(x));
  }

  /** Over the last axis. */
  Value softmax(String name, Value x) {
    return graph.node("Softmax", name, List.of(x), Attribute.of("axis", -1));
  }

  /** Over the last axis, with CvT's epsilon. */
  Value layerNorm(String name, Value x, Value weight, Value bias) {
    return graph.node(
        "LayerNormalization",
        name,
        List.of(x, weight, bias),
        Attribute.of("axis", -1),
        Attribute.real("epsilon", NORM_EPS));
  }

  /**
   * Over [B, C, H, W].
   *
   * @param window the same both ways
   */
  Value convolution(String name, Value x, Value weight, Value bias, Patch window, int groups) {
    return graph.node(
        "Conv",
        name,
        List.of(x, weight, bias),
        kernel(window),
        strides(window),
        pads(window),
        Attribute.of("group", groups));
  }

  /**
   * Over [B, C, H, W], in ceil mode: padding counts, what of the last window hangs over does not.
   */
  Value averagePool(String name, Value x, Patch window) {
    return graph.node(
        "AveragePool",
        name,
        List.of(x),
        kernel(window),
        strides(window),
        pads(window),
        Attribute.of("ceil_mode", 1),
        Attribute.of("count_include_pad", 1));
  }

  private static Attribute kernel(Patch window) {
    return Attribute.ints("kernel_shape", window.size(), window.size());
  }

  private static Attribute strides(Patch window) {
    return Attribute.ints("strides", window.stride(), window.stride());
  }

  private static Attribute pads(Patch window) {
    int padding = window.padding();
    return Attribute.ints("pads", padding, padding, padding, padding);
  }

  Value transpose(String name, Value x, long... axes) {
    return graph.node("Transpose", name, List.of(x), Attribute.ints("perm", axes));
  }

  /**
   * @param shape where 0 keeps the size that {@code x} has at that place and -1 takes the rest
   */
  Value reshape(String name, Value x, Value shape) {
    return graph.node("Reshape", name, List.of(x, shape));
  }

  /** Sizes from one axis to another, exclusive. */
  Value shape(String name, Value x, int from, int to) {
    return graph.node(
        "Shape", name, List.of(x), Attribute.of("start", from), Attribute.of("end", to));
  }

  Value concat(String name, int axis, Value... parts) {
    return graph.node("Concat", name, Arrays.asList(parts), Attribute.of("axis", axis));
  }

  /** Rows {@code from} to {@code to}, exclusive, of the second axis. */
  Value rows(String name, Value x, long from, long to) {
    return graph.node("Slice", name, List.of(x, index(from), index(to), index(1)));
  }

  /** One row of the second axis, which goes. */
  Value row(String name, Value x, long row) {
    return graph.node("Gather", name, List.of(x, scalarIndex(row)), Attribute.of("axis", 1));
  }

  /** The mean over the second axis, which goes. */
  Value mean(String name, Value x) {
    return graph.node("ReduceMean", name, List.of(x, index(1)), Attribute.of("keepdims", 0));
  }

  Value expand(String name, Value x, Value shape) {
    return graph.node("Expand", name, List.of(x, shape));
  }

  Value cast(String name, Value x, ElementType type) {
    return graph.node("Cast", name, List.of(x), Attribute.of("to", type.number()));
  }

  /** PyTorch's bicubic upsampling without aligned corners: a = -0.75, the border repeated. */
  Value bicubic(String name, Value x, Value sizes) {
    return graph.node(
        "Resize",
        name,
        List.of(x, Value.ABSENT, Value.ABSENT, sizes),
        Attribute.text("mode", "cubic"),
        Attribute.text("coordinate_transformation_mode", "half_pixel"),
        Attribute.real("cubic_coeff_a", -0.75));
  }

  /**
   * Resizing of the last two axes of four as Pillow does it: the kernel widened when shrinking, its
   * part outside the picture left out.
   *
   * @param mode linear or cubic
   * @param a of the cubic kernel
   */
  Value antialiased(String name, Value x, Value sizes, String mode, double a) {
    return graph.node(
        "Resize",
        name,
        List.of(x, Value.ABSENT, Value.ABSENT, sizes),
        Attribute.text("mode", mode),
        Attribute.text("coordinate_transformation_mode", "half_pixel"),
        Attribute.of("antialias", 1),
        Attribute.of("exclude_outside", 1),
        Attribute.real("cubic_coeff_a", a),
        Attribute.ints("axes", 2, 3));
  }

  /** A rectangle of the last two axes of four. */
  Value window(String name, Value x, Value from, Value to) {
    Value axes = graph.ints(name + ".axes", 2, 3);
    return graph.node("Slice", name, List.of(x, from, to, axes));
  }

  private Value index(long value) {
    return graph.ints("index." + (value == Long.MAX_VALUE ? "end" : value), value);
  }

  private Value scalarIndex(long value) {
    return graph.integer("row." + value, value);
  }
}
