package io.github.cvt4j.weights;

import java.nio.ByteOrder;

/** A numpy.dtype: made of its name, then told its byte order. */
final class NumpyType implements Pickle.Buildable {

  private final DType dtype;
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

  /**
   * @param name kind and size, as in {@code f4}
   * @throws CheckpointException if no tensor has elements like that
   */
  NumpyType(String name) {
    this.dtype =
        switch (name) {
          case "f8" -> DType.F64;
          case "f4" -> DType.F32;
          case "f2" -> DType.F16;
          case "u2" -> DType.BF16;
          case "i8" -> DType.I64;
          case "i4" -> DType.I32;
          case "i2" -> DType.I16;
          case "i1" -> DType.I8;
          case "u1" -> DType.U8;
          case "b1" -> DType.BOOL;
          default ->
              throw new CheckpointException(
                  "pickle: arrays of NumPy's type " + Quote.of(name) + " are not supported");
        };
  }

  DType dtype() {
    return dtype;
  }

  ByteOrder order() {
    return order;
  }

  /** (version, byte order, subtype, names, fields, size, alignment, flags[, metadata]). */
  @Override
  public void build(Object state) {
    PickleTuple values = new PickleTuple(state).get(0, PickleTuple.class);
    String mark = values.expectSize(8, 9, "a dtype's state").get(1, String.class);
    if (values.get(2) != null || values.get(3) != null || values.get(4) != null) {
      throw new CheckpointException("pickle: arrays of records are not supported");
    }
    order =
        switch (mark) {
          case "<", "|", "=" -> ByteOrder.LITTLE_ENDIAN;
          case ">" -> ByteOrder.BIG_ENDIAN;
          default -> throw new CheckpointException("pickle: byte order " + Quote.of(mark));
        };
  }
}
