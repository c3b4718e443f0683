package io.github.cvt4j.onnx;

import io.github.cvt4j.weights.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** IEEE 754 binary16, which Java 17 has no conversion to. */
final class Half {

  private Half() {}

  /** The elements of a float tensor, rounded, little-endian. */
  static ByteBuffer bytes(HostTensor tensor) {
    float[] values = tensor.toFloats();
    ByteBuffer out =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Short.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      out.putShort(of(value));
    }
    return out.flip();
  }

  /** The nearest half, ties to even; too large values become infinite. */
  static short of(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    float size = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00);
    } else if (size >= 65520) { // half way from the largest half, 65504, to 2^16
      return (short) (sign | 0x7c00);
    } else if (size < 0x1p-14f) { // multiples of 2^-24; rint rounds ties to even
      return (short) (sign | (int) Math.rint(size * 0x1p24));
    }
    int exponentAndMantissa = (bits & 0x7fffffff) - (112 << 23); // from a bias of 127 to one of 15
    int odd = exponentAndMantissa >>> 13 & 1;
    return (short) (sign | (exponentAndMantissa + 0xfff + odd) >>> 13);
  }
}
