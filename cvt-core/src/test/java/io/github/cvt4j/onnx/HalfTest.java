package io.github.cvt4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.weights.DType;
import io.github.cvt4j.weights.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfTest {

  @Test
  void everyHalfComesBackAsItself() {
    ByteBuffer all = ByteBuffer.allocate(2 * 65_536).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < 65_536; bits++) {
      all.putShort((short) bits);
    }
    HostTensor halves = new HostTensor(DType.F16, new long[] {65_536}, all.flip());
    float[] wide = halves.toFloats();
    for (int bits = 0; bits < 65_536; bits++) {
      if (!Float.isNaN(wide[bits])) {
        assertThat(Half.of(wide[bits]))
            .as("half %04x, %s", bits, wide[bits])
            .isEqualTo((short) bits);
      }
    }
    assertThat(Half.of(Float.NaN) & 0x7fff).isGreaterThan(0x7c00);
  }

  @ParameterizedTest
  @CsvSource({
    "1.00048828125, 3c00", // half way between 1 and its successor: to even
    "1.00146484375, 3c02",
    "1.0004884, 3c01",
    "-65519.996, fbff",
    "65520, 7c00",
    "5.9604645e-8, 0001",
    "2.9802322e-8, 0000",
    "2.9802326e-8, 0001",
    "6.1005353e-5, 0400" // up from the largest subnormal
  })
  void roundingIsToNearestAndToEvenInTheMiddle(float value, String bits) {
    assertThat("%04x".formatted(Half.of(value) & 0xffff)).isEqualTo(bits);
  }
}
