package io.github.cvt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A dense row-major tensor in memory that Java owns or has mapped; no libtorch in it. Immutable;
 * safe to share between threads.
 */
public final class HostTensor {

  private final DType dtype;
  private final long[] shape;
  private final ByteBuffer data;

  /**
   * @param dtype element type
   * @param shape sizes, all at least 0; empty for a scalar
   * @param data little-endian elements from the buffer's position to its limit; kept, not copied
   * @throws CheckpointException if the sizes are negative, overflow, or do not fill the buffer
   */
  public HostTensor(DType dtype, long[] shape, ByteBuffer data) {
    this.dtype = dtype;
    this.shape = shape.clone();
    this.data = data.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long expected = byteSize(dtype, shape);
    if (expected != this.data.remaining()) {
      throw new CheckpointException(
          "a tensor of %s %s takes %d bytes, but its data has %d"
              .formatted(dtype, Arrays.toString(shape), expected, this.data.remaining()));
    }
  }

  /** A tensor of the given floats, copied. */
  public static HostTensor of(float[] values, long... shape) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return new HostTensor(DType.F32, shape, buffer);
  }

  /** A tensor of the given integers, copied. */
  public static HostTensor of(long[] values, long... shape) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asLongBuffer().put(values);
    return new HostTensor(DType.I64, shape, buffer);
  }

  /** A tensor of the given bytes, copied. */
  public static HostTensor of(byte[] values, long... shape) {
    return new HostTensor(DType.U8, shape, ByteBuffer.wrap(values.clone()));
  }

  /**
   * Bytes that a tensor takes.
   *
   * @throws CheckpointException if a size is negative or the product overflows
   */
  public static long byteSize(DType dtype, long[] shape) {
    try {
      long bytes = dtype.bytes();
      boolean empty = false;
      for (long size : shape) {
        if (size < 0) {
          throw new CheckpointException(
              "shape " + Arrays.toString(shape) + ": sizes must not be negative");
        }
        empty |= size == 0;
        bytes = Math.multiplyExact(bytes, Math.max(1, size));
      }
      return empty ? 0 : bytes;
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          "shape " + Arrays.toString(shape) + ": more elements than 64 bits can count", e);
    }
  }

  public DType dtype() {
    return dtype;
  }

  /** Sizes; a copy. */
  public long[] shape() {
    return shape.clone();
  }

  /** Number of elements. */
  public long elements() {
    return data.capacity() / dtype.bytes();
  }

  /** The elements, little-endian, read-only; each call gives a view with its own position. */
  public ByteBuffer data() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Whether two shapes are equal; avoids copying. */
  public boolean hasShape(long... other) {
    return Arrays.equals(shape, other);
  }

  /**
   * The elements as floats: float types are widened or, for F64, rounded to the nearest.
   *
   * @throws CheckpointException for integer types
   */
  public float[] toFloats() {
    float[] values = new float[Math.toIntExact(elements())];
    ByteBuffer in = data();
    switch (dtype) {
      case F32 -> in.asFloatBuffer().get(values);
      case F64 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) in.getDouble();
        }
      }
      case F16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = halfToFloat(in.getShort());
        }
      }
      case BF16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.intBitsToFloat(in.getShort() << 16);
        }
      }
      default -> throw new CheckpointException("expected a float tensor, but this one is " + dtype);
    }
    return values;
  }

  /**
   * The elements as 64-bit integers.
   *
   * @throws CheckpointException for float types
   */
  public long[] toLongs() {
    long[] values = new long[Math.toIntExact(elements())];
    ByteBuffer in = data();
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (dtype) {
            case I64 -> in.getLong();
            case I32 -> in.getInt();
            case I16 -> in.getShort();
            case I8 -> in.get();
            case U8, BOOL -> in.get() & 0xff;
            default ->
                throw new CheckpointException("expected an integer tensor, but this is " + dtype);
          };
    }
    return values;
  }

  /** This tensor as F32, itself if it is already; other float types are converted. */
  public HostTensor toF32() {
    return dtype == DType.F32 ? this : of(toFloats(), shape);
  }

  /**
   * Some of the slices along the first dimension, in the given order, copied.
   *
   * @param picked their numbers, each from 0 to the first size
   * @throws IndexOutOfBoundsException if there is no such slice
   */
  public HostTensor rows(int... picked) {
    long[] sizes = shape();
    int bytes = Math.toIntExact(byteSize(dtype, shape) / sizes[0]);
    sizes[0] = picked.length;
    ByteBuffer rows = ByteBuffer.allocate(Math.toIntExact(byteSize(dtype, sizes)));
    for (int row : picked) {
      rows.put(data.slice(Math.multiplyExact(row, bytes), bytes));
    }
    return new HostTensor(dtype, sizes, rows.flip());
  }

  /** IEEE 754 binary16 to binary32, exactly, subnormals and NaN payloads included. */
  static float halfToFloat(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = bits >> 10 & 0x1f;
    int mantissa = bits & 0x3ff;
    if (exponent == 0) {
      float value = mantissa * 0x1p-24f;
      return sign == 0 ? value : -value;
    }
    int wide = exponent == 31 ? 255 : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | mantissa << 13);
  }

  @Override
  public String toString() {
    return dtype + Arrays.toString(shape);
  }
}
