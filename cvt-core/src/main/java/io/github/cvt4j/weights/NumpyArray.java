package io.github.cvt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A numpy.ndarray: made empty, then told its contents. */
final class NumpyArray implements Pickle.Buildable, PickledTensor {

  private DType dtype;
  private ByteOrder order;
  private long[] shape;
  private boolean columnMajor;
  private Object data;

  /** (version, shape, dtype, Fortran order, data). */
  @Override
  public void build(Object state) {
    PickleTuple values = new PickleTuple(state).get(0, PickleTuple.class);
    values.expectSize(5, 5, "an array's state");
    fill(
        values.get(1, PickleTuple.class),
        values.get(2, NumpyType.class),
        values.get(3, Boolean.class),
        values.get(4));
  }

  /** Gives the array its contents, once. */
  void fill(PickleTuple sizes, NumpyType type, boolean firstDimensionFastest, Object bytes) {
    if (shape != null) {
      throw new CheckpointException("pickle: an array that is filled twice");
    }
    dtype = type.dtype();
    order = type.order();
    shape = sizes.longs();
    columnMajor = firstDimensionFastest;
    data = bytes;
  }

  @Override
  public DType dtype() {
    checkFilled();
    return dtype;
  }

  @Override
  public long[] shape() {
    checkFilled();
    return shape;
  }

  @Override
  public HostTensor dense() {
    checkFilled();
    long expected = HostTensor.byteSize(dtype, shape);
    if (expected != length()) {
      throw new CheckpointException(
          "shape %s of %s takes %d bytes, but its data has %d"
              .formatted(Arrays.toString(shape), dtype, expected, length()));
    }
    long[] strides = columnMajor ? Strided.columnMajor(shape) : Strided.rowMajor(shape);
    return new Strided(dtype, shape, strides, 0, bytes(), order).dense();
  }

  private void checkFilled() {
    if (shape == null) {
      throw new CheckpointException("pickle: an array that was never filled");
    }
  }

  private long length() {
    if (data instanceof ByteBuffer bytes) {
      return bytes.remaining();
    }
    return text().length();
  }

  private ByteBuffer bytes() {
    if (data instanceof ByteBuffer bytes) {
      return bytes;
    }
    String text = text();
    ByteBuffer bytes = ByteBuffer.allocate(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xff) {
        throw new CheckpointException("pickle: bytes written as text with a character above 255");
      }
      bytes.put((byte) text.charAt(i));
    }
    return bytes.flip();
  }

  /** Bytes that protocol 2 wrote as text, by Python 3 or as they are by Python 2. */
  private String text() {
    if (data instanceof NumpyGlobals.Latin1 latin1) {
      return latin1.text();
    } else if (data instanceof String text) {
      return text;
    }
    throw new CheckpointException(
        "pickle: an array's data is " + Pickle.describe(data) + ", expected bytes");
  }
}
