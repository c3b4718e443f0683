package io.github.cvt4j.fused;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.Quantization.Range;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Reads off pictures how the inputs of linear layers are best rounded to bytes, and how much each
 * layer's result suffers.
 *
 * <p>Owns native memory: {@link #close} it. For one thread.
 */
public final class Calibration implements AutoCloseable {

  /** Rows of an input that are kept of each picture. */
  private static final int ROWS = 4;

  /** Rows of an input that are kept in all, the latest. */
  private static final int MOST_ROWS = 512;

  /** What an input must span to be worth steps. */
  private static final float SMALLEST = 1e-20f;

  /** Of the widest range, what is tried: what lies beyond is cut, the rest has finer steps. */
  private static final double[] PARTS = {1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4};

  /**
   * Layers that share an input.
   *
   * @param names in the reference
   * @param range of the input, of those that were tried the one with the smallest error; empty if
   *     the layer cannot be rounded, because all that it saw was 0 or something was no number
   * @param error squares of what rounding input and weight changes in the result, bias aside, by
   *     those of the result, summed over the rows that were kept; inputs are rounded to 7 bits,
   *     which every processor can multiply. NaN without a range
   */
  public record Layer(List<String> names, Optional<Range> range, double error) {}

  /** What is kept of the layers with one input. */
  private static final class Inputs {
    final double unit;
    final Tensor weight; // [out, in]; the model's
    final List<float[]> rows = new ArrayList<>();
    int seen;
    float low;
    float high;

    Inputs(double unit, Tensor weight) {
      this.unit = unit;
      this.weight = weight;
    }

    void keep(Tensor all, long row) {
      float[] values = Tensors.floats(all.narrow(0, row, 1));
      if (rows.size() < MOST_ROWS) {
        rows.add(values);
      } else {
        rows.set(seen % MOST_ROWS, values);
      }
      seen++;
    }
  }

  private final Map<List<String>, Inputs> inputs = new LinkedHashMap<>();
  private final FusedCvt model;
  private int pictures;

  /**
   * @param tensors exactly those of the spec, under microsoft's names; copied
   */
  public Calibration(CvtSpec spec, Map<String, HostTensor> tensors) {
    model = new FusedCvt(spec, Weights.observed(tensors, this::keep));
  }

  /**
   * Looks at one more picture.
   *
   * @param image [1, channels, H, W], normalised
   * @throws IllegalArgumentException if it is none or several
   */
  public void see(Tensor image) {
    if (image.size(0) != 1) {
      throw new IllegalArgumentException(image.size(0) + " pictures: expected one");
    }
    try (Scope scope = Scope.open()) {
      // With maps the last block computes all tokens, as it does for those who want features.
      model.preLogits(image, map -> {});
    }
    pictures++;
  }

  private void keep(List<String> layers, double unit, Tensor weight, Tensor x) {
    Inputs input = inputs.computeIfAbsent(layers, names -> new Inputs(unit, weight));
    try (Scope scope = Scope.open()) {
      input.low = Math.min(input.low, x.min().item_float());
      input.high = Math.max(input.high, x.max().item_float());
      Tensor rows = x.flatten(0, 1); // [N, in]
      long count = rows.size(0);
      // The class token's, or the first; the one that a cut would hurt most; and others in every
      // picture, spread over the grid by the golden ratio.
      input.keep(rows, 0);
      input.keep(rows, rows.abs().amax(new long[] {1}, /* keepdim= */ false).argmax().item_long());
      for (int i = 2; i < ROWS; i++) {
        double place = ((double) pictures * ROWS + i) * 0.6180339887498949 % 1;
        input.keep(rows, (long) (place * count));
      }
    }
  }

  /**
   * All linear layers of the blocks in their order.
   *
   * @throws IllegalStateException if no picture was seen
   */
  public List<Layer> layers() {
    if (pictures == 0) {
      throw new IllegalStateException("no picture was seen");
    }
    List<Layer> layers = new ArrayList<>();
    try (NoGrad noGrad = NoGrad.enter()) {
      inputs.forEach((names, input) -> layers.add(layer(names, input)));
    }
    return layers;
  }

  /** The ranges of layers by each name, without those that have none. */
  public static Map<String, Range> ranges(List<Layer> layers) {
    Map<String, Range> ranges = new LinkedHashMap<>();
    for (Layer layer : layers) {
      layer.range().ifPresent(range -> layer.names().forEach(name -> ranges.put(name, range)));
    }
    return ranges;
  }

  private static Layer layer(List<String> names, Inputs input) {
    Layer best = new Layer(names, Optional.empty(), Double.NaN);
    if (!(input.high - input.low >= SMALLEST) || !Float.isFinite(input.high - input.low)) {
      return best;
    }
    try (Scope scope = Scope.open()) {
      Tensor x = rows(input.rows); // [rows, in]
      Tensor exact = torch.linear(x, input.weight); // [rows, out]
      Tensor rounded = Int8Rows.of(input.weight).floats();
      double whole = squares(exact);
      for (double part : PARTS) {
        Range range = new Range((float) (input.low * part), (float) (input.high * part));
        Rounding rounding = Rounding.of(range, Quantization.LARGEST_INPUT);
        Tensor result = torch.linear(rounding.floats(rounding.apply(x)), rounded);
        double change = squares(result.sub(exact));
        double error = change == 0 ? 0 : change / whole;
        if (best.range.isEmpty() || error < best.error) {
          best = new Layer(names, Optional.of(range.times(1 / input.unit)), error);
        }
      }
      return best;
    }
  }

  private static Tensor rows(List<float[]> rows) {
    int columns = rows.get(0).length;
    float[] all = new float[Math.multiplyExact(rows.size(), columns)];
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
    inputs.clear(); // their weights are the model's
    model.close();
  }
}
