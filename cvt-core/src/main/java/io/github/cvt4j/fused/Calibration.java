package io.github.cvt4j.fused;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Quantization.Range;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Reads off pictures how the inputs of linear layers are best rounded to bytes, and how much each
 * layer's result suffers.
 *
 * <p>Owns native memory: {@link #close} it. For one thread.
 */
public final class Calibration implements AutoCloseable {

  /** Rows of an input that are kept of each picture: the class token's, and some others. */
  private static final int ROWS = 4;

  /** Of the widest range, what is tried: what lies beyond is cut, the rest has finer steps. */
  private static final double[] PARTS = {1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4};

  /**
   * Layers that share an input.
   *
   * @param names in the reference
   * @param range of the input, of those that were tried the one with the smallest error
   * @param error squares of what rounding input and weight changes in the result, bias aside, by
   *     those of the result, summed over the rows that were kept
   */
  public record Layer(List<String> names, Range range, double error) {}

  /** What is kept of the layers with one input. */
  private static final class Inputs {
    final double unit;
    final Tensor weight; // [out, in]
    final List<float[]> rows = new ArrayList<>();
    float low;
    float high;

    Inputs(double unit, Tensor weight) {
      this.unit = unit;
      this.weight = weight;
    }
  }

  private final Map<List<String>, Inputs> inputs = new LinkedHashMap<>();
  private final FusedCvt model;
  private int pictures;

  /**
   * @param tensors exactly those of the spec, under microsoft's names; copied
   */
  public Calibration(CvtSpec spec, Map<String, HostTensor> tensors) {
    LinearObserver observer =
        new LinearObserver() {
          @Override
          public void layer(List<String> layers, double unit, Tensor weight) {
            inputs.put(layers, new Inputs(unit, Scope.keep(weight.clone())));
          }

          @Override
          public void input(List<String> layers, Tensor x) {
            keep(inputs.get(layers), x);
          }
        };
    model = new FusedCvt(spec, Weights.observed(tensors, observer));
  }

  /**
   * Looks at one more picture.
   *
   * @param image [1, channels, H, W], normalised
   * @return what the head sees of it, [1, C], in the caller's scope
   */
  public Tensor see(Tensor image) {
    Tensor seen = model.preLogits(image); // one picture is computed in one piece, on this thread
    pictures++;
    return seen;
  }

  private void keep(Inputs input, Tensor x) {
    try (Scope scope = Scope.open()) {
      input.low = Math.min(input.low, x.min().item_float());
      input.high = Math.max(input.high, x.max().item_float());
      Tensor rows = x.flatten(0, 1); // [N, in]
      long count = rows.size(0);
      for (int i = 0; i < Math.min(ROWS, count); i++) {
        // Others in every picture, spread over the grid by the golden ratio.
        double place = (pictures * (ROWS - 1) + i) * 0.6180339887498949 % 1;
        long row = i == 0 ? 0 : 1 + (long) (place * (count - 1));
        input.rows.add(Tensors.floats(rows.narrow(0, row, 1)));
      }
    }
  }

  /**
   * All linear layers of the blocks in their order; none has an error yet if no picture was seen.
   */
  public List<Layer> layers() {
    List<Layer> layers = new ArrayList<>();
    try (NoGrad noGrad = NoGrad.enter()) {
      inputs.forEach((names, input) -> layers.add(layer(names, input)));
    }
    return layers;
  }

  private static Layer layer(List<String> names, Inputs input) {
    try (Scope scope = Scope.open()) {
      Tensor x = rows(input.rows); // [rows, in]
      Tensor exact = torch.linear(x, input.weight); // [rows, out]
      Tensor rounded = Int8Rows.of(input.weight).floats();
      double whole = squares(exact);
      Layer best = null;
      for (double part : PARTS) {
        Range range = new Range((float) (input.low * part), (float) (input.high * part));
        Rounding rounding = Rounding.of(range, Rounding.BYTES);
        Tensor result = torch.linear(rounding.floats(rounding.apply(x)), rounded);
        double error = squares(result.sub(exact)) / whole;
        if (best == null || error < best.error) {
          best = new Layer(names, range.times(1 / input.unit), error);
        }
      }
      return best;
    }
  }

  private static Tensor rows(List<float[]> rows) {
    int columns = rows.get(0).length;
    float[] all = new float[rows.size() * columns];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, all, i * columns, columns);
    }
    return Tensors.of(all, rows.size(), columns);
  }

  private static double squares(Tensor x) {
    return x.mul(x).sum().item_double();
  }

  @Override
  public void close() {
    model.close();
    inputs.values().forEach(input -> Scope.release(input.weight));
    inputs.clear();
  }
}
