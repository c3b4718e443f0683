package io.github.cvt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Elements picked from a buffer by strides, as PyTorch's views and NumPy's Fortran-ordered arrays
 * are. Never compared.
 *
 * @param shape sizes
 * @param strides for each dimension, in elements
 * @param offset of the first element, in elements
 * @param order of an element's bytes in the data
 */
@SuppressWarnings("ArrayRecordComponent")
record Strided(
    DType dtype, long[] shape, long[] strides, long offset, ByteBuffer data, ByteOrder order) {

  /** The strides of a dense tensor, last dimension fastest. */
  static long[] rowMajor(long[] shape) {
    long[] strides = new long[shape.length];
    long step = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= Math.max(1, shape[i]);
    }
    return strides;
  }

  /** The strides of a dense tensor, first dimension fastest. */
  static long[] columnMajor(long[] shape) {
    long[] strides = new long[shape.length];
    long step = 1;
    for (int i = 0; i < shape.length; i++) {
      strides[i] = step;
      step *= Math.max(1, shape[i]);
    }
    return strides;
  }

  /**
   * A row-major tensor of its own; of the same memory where that is how it lies there.
   *
   * @throws CheckpointException if sizes, strides or offset are negative, overflow or reach outside
   *     of the data
   */
  HostTensor dense() {
    long bytes = HostTensor.byteSize(dtype, shape);
    int width = dtype.bytes();
    if (strides.length != shape.length) {
      throw new CheckpointException(
          "%d sizes but %d strides".formatted(shape.length, strides.length));
    }
    long end = bytes == 0 ? 0 : end();
    if (offset < 0 || end > data.remaining() / width) {
      throw new CheckpointException(
          "sizes %s, strides %s and offset %d reach element %d of a storage with %d"
              .formatted(
                  Arrays.toString(shape),
                  Arrays.toString(strides),
                  offset,
                  end,
                  data.remaining() / width));
    }
    if (bytes > Integer.MAX_VALUE) {
      throw new CheckpointException("a tensor of " + bytes + " bytes, more than 2 GiB");
    }
    boolean littleEndian = width == 1 || order == ByteOrder.LITTLE_ENDIAN;
    if (bytes == 0 || (littleEndian && isRowMajor())) {
      int start = bytes == 0 ? 0 : (int) (offset * width);
      return new HostTensor(dtype, shape, data.slice(data.position() + start, (int) bytes));
    }
    ByteBuffer copy = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    copy(copy);
    return new HostTensor(dtype, shape, copy.flip());
  }

  /** The element behind the last one. */
  private long end() {
    try {
      long end = Math.addExact(offset, 1);
      for (int i = 0; i < shape.length; i++) {
        if (strides[i] < 0) {
          throw new CheckpointException(
              "strides " + Arrays.toString(strides) + " must not be negative");
        }
        end = Math.addExact(end, Math.multiplyExact(shape[i] - 1, strides[i]));
      }
      return end;
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          "strides " + Arrays.toString(strides) + " reach further than 64 bits can count", e);
    }
  }

  private boolean isRowMajor() {
    long[] dense = rowMajor(shape);
    for (int i = 0; i < shape.length; i++) {
      // A dimension of one element is never stepped along, whatever its stride.
      if (shape[i] != 1 && strides[i] != dense[i]) {
        return false;
      }
    }
    return true;
  }

  /** Counts through the elements like an odometer. */
  private void copy(ByteBuffer out) {
    ByteBuffer in = data.slice().order(order);
    long[] index = new long[shape.length];
    long at = offset;
    while (out.hasRemaining()) {
      int from = (int) at * dtype.bytes();
      switch (dtype.bytes()) {
        case 1 -> out.put(in.get(from));
        case 2 -> out.putShort(in.getShort(from));
        case 4 -> out.putInt(in.getInt(from));
        default -> out.putLong(in.getLong(from));
      }
      for (int i = shape.length - 1; i >= 0; i--) {
        at += strides[i];
        if (++index[i] < shape[i]) {
          break;
        }
        at -= strides[i] * shape[i];
        index[i] = 0;
      }
    }
  }
}
