package io.github.cvt4j.weights;

/** Element types of checkpoints; the names are safetensors' own. */
public enum DType {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4),
  I16(2),
  I8(1),
  U8(1),
  BOOL(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Whether this is one of the four float types. */
  public boolean isFloat() {
    return switch (this) {
      case F64, F32, F16, BF16 -> true;
      default -> false;
    };
  }
}
