package io.github.cvt4j.onnx;

/** What tensors are made of; numbers are those of {@code TensorProto.DataType} (onnx.proto). */
enum ElementType {
  FLOAT(1, 4),
  UINT8(2, 1),
  INT8(3, 1),
  INT64(7, 8),
  FLOAT16(10, 2);

  private final int number;
  private final int bytes;

  ElementType(int number, int bytes) {
    this.number = number;
    this.bytes = bytes;
  }

  int number() {
    return number;
  }

  /** Bytes of one element. */
  int bytes() {
    return bytes;
  }
}
