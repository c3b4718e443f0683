package io.github.cvt4j.weights;

import com.fasterxml.jackson.core.type.TypeReference;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which linear layers of a model may be multiplied in integers of 8 bits, and between which values
 * their inputs lie. In a checkpoint it stands in the metadata; the weights of those layers are I8
 * there, each row of a weight with a scale of its own in {@code NAME_scale}. Rows reach from -127
 * to 127, so that the numbers and their scales follow from the widened floats again.
 *
 * @param inputs by the layer's name, such as {@code stage0.blocks.0.mlp.fc1}
 * @param calibration what the ranges were read off, in words
 */
public record Quantization(Map<String, Range> inputs, String calibration) {

  /** The largest number of a weight, and the smallest with a minus before it. */
  public static final int LARGEST = 127;

  static final String METADATA = "cvt4j.quantization";
  private static final String WEIGHT = ".weight";
  private static final String SCALE = "_scale";

  /**
   * The largest number of an input that every processor multiplies: where pairs of products are
   * summed in 16 bits, 2 * 127 * 127 still fits. With the others all 8 bits may be used.
   */
  public static final int LARGEST_INPUT = 127;

  /** The largest number of an input of 8 bits. */
  public static final int MOST = 255;

  /** Nothing is multiplied in integers. */
  public static final Quantization NONE = new Quantization(Map.of(), "");

  /**
   * Values between two ends, 0 among them.
   *
   * @param low at most 0
   * @param high at least 0
   */
  public record Range(float low, float high) {

    public Range {
      boolean good = low <= 0 && high >= 0 && Float.isFinite(low) && Float.isFinite(high);
      if (!good || ((double) high - low) / MOST < Float.MIN_NORMAL) {
        throw new CheckpointException(
            "a range from %s to %s: expected finite ends with 0 between them".formatted(low, high));
      }
    }

    /**
     * What 1 stands for when the range becomes numbers from 0 to the largest one.
     *
     * @param largest number of the upper end
     */
    public double scale(int largest) {
      return ((double) high - low) / largest;
    }

    /** The number that 0 becomes. */
    public int zero(int largest) {
      return (int) Math.round(-low / scale(largest));
    }

    /** The same in another unit. */
    public Range times(double factor) {
      return new Range((float) (low * factor), (float) (high * factor));
    }

    /** What covers both. */
    public Range union(Range other) {
      return new Range(Math.min(low, other.low), Math.max(high, other.high));
    }
  }

  public Quantization {
    inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs)); // a file has their order
  }

  /**
   * What a checkpoint says of itself; {@link #NONE} if it says nothing.
   *
   * @throws CheckpointException if that is damaged
   */
  public static Quantization of(StateDict state) {
    return state.metadata().containsKey(METADATA)
        ? ModelFile.parse(state.metadata(), METADATA, new TypeReference<>() {})
        : NONE;
  }

  /**
   * Weights as they stand in a file: rounded to integers, with their scales; and this among the
   * metadata.
   *
   * @param state floats
   * @throws CheckpointException if it has no such layer
   */
  public StateDict narrow(StateDict state) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>(state.tensors());
    for (String layer : inputs.keySet()) {
      String name = layer + WEIGHT;
      HostTensor weight = state.get(name);
      float[] scales = scales(weight);
      tensors.put(name, rounded(weight, scales));
      tensors.put(name + SCALE, HostTensor.of(scales, scales.length));
    }
    Map<String, String> metadata = new LinkedHashMap<>(state.metadata());
    metadata.put(METADATA, ModelFile.json(this));
    return new StateDict(tensors, metadata);
  }

  /**
   * The opposite of {@link #narrow}: floats, as precisely as the integers give them, without the
   * scales. The metadata stays.
   *
   * @throws CheckpointException if a weight or its scale is missing or not of its type and shape
   */
  public StateDict widen(StateDict state) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>(state.tensors());
    for (String layer : inputs.keySet()) {
      String name = layer + WEIGHT;
      HostTensor scale = state.get(name + SCALE);
      HostTensor weight = state.get(name);
      long[] shape = weight.shape();
      if (weight.dtype() != DType.I8
          || shape.length != 2
          || scale.dtype() != DType.F32
          || !scale.hasShape(shape[0])) {
        throw new CheckpointException(
            "tensor '%s' is %s with scales %s: expected I8 [out, in] with F32 [out]"
                .formatted(name, weight, scale));
      }
      if (weight.elements() > Integer.MAX_VALUE / Float.BYTES) {
        throw new CheckpointException(
            "tensor '%s' is %s: expected less than 2 GiB as floats".formatted(name, weight));
      }
      tensors.put(name, widened(weight, scale.toFloats()));
      tensors.remove(name + SCALE);
    }
    return new StateDict(tensors, state.metadata());
  }

  /** Of a weight [out, in], for each row what 1 stands for. Rows of zeros have the scale 1. */
  public static float[] scales(HostTensor weight) {
    float[] values = weight.toFloats();
    int rows = (int) weight.shape()[0];
    int columns = values.length / Math.max(1, rows);
    float[] scales = new float[rows];
    for (int i = 0; i < values.length; i++) {
      int row = i / columns;
      scales[row] = Math.max(scales[row], Math.abs(values[i]));
    }
    for (int row = 0; row < rows; row++) {
      scales[row] = scales[row] == 0 ? 1 : scales[row] / LARGEST;
    }
    return scales;
  }

  /** A weight [out, in] as I8, each row on its scale. */
  public static HostTensor rounded(HostTensor weight, float[] scales) {
    float[] values = weight.toFloats();
    int columns = values.length / Math.max(1, scales.length);
    byte[] numbers = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      int number = Math.round(values[i] / scales[i / columns]);
      numbers[i] = (byte) Math.max(-LARGEST, Math.min(LARGEST, number));
    }
    return new HostTensor(DType.I8, weight.shape(), ByteBuffer.wrap(numbers));
  }

  private static HostTensor widened(HostTensor weight, float[] scales) {
    ByteBuffer numbers = weight.data();
    float[] values = new float[numbers.remaining()];
    int columns = values.length / Math.max(1, scales.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = numbers.get(i) * scales[i / columns];
    }
    return HostTensor.of(values, weight.shape());
  }
}
