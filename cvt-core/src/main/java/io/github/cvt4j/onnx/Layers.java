package io.github.cvt4j.onnx;

import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.Quantization.Range;
import io.github.cvt4j.weights.StateDict;
import java.nio.ByteBuffer;

/**
 * The layers that have weights, as nodes and constants with the names that they have in the
 * checkpoint. Folds are computed in double precision and rounded once.
 */
final class Layers {

  private static final double BATCH_NORM_EPS = 1e-5;

  private final Graph graph;
  private final Operators ops;
  private final StateDict weights;
  private final Quantization quantization;

  /**
   * @param weights floats
   * @param quantization which linear layers to write in integers
   */
  Layers(Graph graph, StateDict weights, Quantization quantization) {
    this.graph = graph;
    this.ops = new Operators(graph);
    this.weights = weights;
    this.quantization = quantization;
  }

  /** A tensor of the checkpoint as a constant of the same name. */
  Value constant(String name) {
    return graph.reals(name, weights.get(name));
  }

  Value layerNorm(String name, Value x) {
    return layerNorm(name, name, x);
  }

  /** The same, for a result with a name of its own. */
  Value layerNorm(String name, String result, Value x) {
    return ops.layerNorm(result, x, constant(name + ".weight"), constant(name + ".bias"));
  }

  Value convolution(String name, Value x, Patch window) {
    Value weight = constant(name + ".weight");
    return ops.convolution(name, x, weight, constant(name + ".bias"), window, /* groups= */ 1);
  }

  /** A linear map of features [B, in] to [B, out]. */
  Value head(String name, String result, Value x) {
    return ops.gemm(result, x, constant(name + ".weight"), constant(name + ".bias"));
  }

  /** A linear map of tokens [B, N, in] to [B, N, out]. */
  Value linear(String name, Value x, boolean hasBias) {
    return scaledLinear(name, x, hasBias, 1);
  }

  /**
   * A linear map whose results are multiplied by a number, which its weight and bias take in. The
   * weight is kept as [in, out], for MatMul.
   */
  Value scaledLinear(String name, Value x, boolean hasBias, double factor) {
    HostTensor weight = weights.get(name + ".weight");
    long[] shape = weight.shape();
    Range range = quantization.inputs().get(name);
    Value input = range == null ? x : rounded(name, x, range);
    Value kernel =
        range == null
            ? graph.reals(name + ".weight", () -> transposed(weight, factor), shape[1], shape[0])
            : integers(name + ".weight", weight, factor);
    if (!hasBias) {
      return ops.matMul(name, input, kernel);
    }
    HostTensor bias = weights.get(name + ".bias");
    Value shift = graph.reals(name + ".bias", () -> scaled(bias, factor), bias.shape());
    return ops.add(name, ops.matMul(name + ".product", input, kernel), shift);
  }

  /** An input in the floats that its bytes stand for, to bytes and back. */
  private Value rounded(String name, Value x, Range range) {
    int largest = Quantization.LARGEST_INPUT;
    Value scale = graph.scalar(name + ".input_scale", range.scale(largest));
    byte[] number = {(byte) range.zero(largest)};
    Value zero =
        graph.bytes(name + ".input_zero", ElementType.UINT8, () -> ByteBuffer.wrap(number));
    Value low = graph.scalar(name + ".input_low", range.low());
    Value high = graph.scalar(name + ".input_high", range.high());
    Value cut = ops.clip(name + ".input_cut", x, low, high); // a byte would hold more
    Value bytes = ops.quantize(name + ".input_bytes", cut, scale, zero);
    return ops.dequantize(name + ".input", bytes, scale, zero);
  }

  /** A weight as [in, out], in signed bytes and back. */
  private Value integers(String name, HostTensor weight, double factor) {
    long[] shape = weight.shape();
    float[] scales = Quantization.scales(weight);
    Value bytes =
        graph.bytes(
            name + "_bytes",
            ElementType.INT8,
            () -> transposedBytes(Quantization.rounded(weight, scales)),
            shape[1],
            shape[0]);
    HostTensor columns = scaled(HostTensor.of(scales, scales.length), factor);
    return ops.dequantizeColumns(name, bytes, graph.reals(name + "_scale", columns));
  }

  private static ByteBuffer transposedBytes(HostTensor matrix) {
    int rows = (int) matrix.shape()[0];
    int columns = (int) matrix.shape()[1];
    ByteBuffer from = matrix.data();
    ByteBuffer to = ByteBuffer.allocate(from.remaining());
    for (int column = 0; column < columns; column++) {
      for (int row = 0; row < rows; row++) {
        to.put(from.get(row * columns + column));
      }
    }
    return to.flip();
  }

  private static HostTensor transposed(HostTensor matrix, double factor) {
    int rows = (int) matrix.shape()[0];
    int columns = (int) matrix.shape()[1];
    float[] from = matrix.toFloats();
    float[] to = new float[from.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        to[column * rows + row] = (float) (from[row * columns + column] * factor);
      }
    }
    return HostTensor.of(to, columns, rows);
  }

  private static HostTensor scaled(HostTensor vector, double factor) {
    float[] values = vector.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * factor);
    }
    return HostTensor.of(values, values.length);
  }

  /**
   * A depth-wise convolution and the batch norm after it as one convolution: with {@code f = weight
   * / sqrt(running_var + eps)} for each channel, its kernel is multiplied by f and its bias is
   * {@code bias - running_mean f}.
   */
  Value convolutionAndNorm(String name, Value x, Patch window) {
    HostTensor kernel = weights.get(name + ".conv.weight"); // [C, 1, k, k]
    int channels = (int) kernel.shape()[0];
    Value weight = graph.reals(name + ".weight", () -> normalized(name, kernel), kernel.shape());
    Value bias = graph.reals(name + ".bias", () -> shift(name), channels);
    return ops.convolution(name, x, weight, bias, window, channels);
  }

  private HostTensor normalized(String name, HostTensor kernel) {
    double[] factors = factors(name);
    float[] values = kernel.toFloats();
    int taps = values.length / factors.length;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * factors[i / taps]);
    }
    return HostTensor.of(values, kernel.shape());
  }

  private HostTensor shift(String name) {
    double[] factors = factors(name);
    float[] bias = weights.get(name + ".bn.bias").toFloats();
    float[] mean = weights.get(name + ".bn.running_mean").toFloats();
    for (int c = 0; c < bias.length; c++) {
      bias[c] = (float) (bias[c] - mean[c] * factors[c]);
    }
    return HostTensor.of(bias, bias.length);
  }

  private double[] factors(String name) {
    float[] weight = weights.get(name + ".bn.weight").toFloats();
    float[] variance = weights.get(name + ".bn.running_var").toFloats();
    double[] factors = new double[weight.length];
    for (int c = 0; c < factors.length; c++) {
      factors[c] = weight[c] / Math.sqrt(variance[c] + BATCH_NORM_EPS);
    }
    return factors;
  }
}
