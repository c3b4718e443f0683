package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.tensor.Processor;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The type that a run computes in. */
class MixedPrecisionTest {

  private static final Processor PLAIN = new Processor(Set.of("avx2"));
  private static final Processor NATIVE = new Processor(Set.of("avx2", "avx512_bf16"));

  @Test
  void bfloat16IsChosenWhereItIsNative() {
    assertThat(MixedPrecision.AUTO.on(NATIVE)).isEqualTo(Precision.BF16);
    assertThat(MixedPrecision.AUTO.on(PLAIN)).isEqualTo(Precision.FP32);
  }

  @Test
  void whatIsAskedForIsDone() {
    assertThat(MixedPrecision.BF16.on(PLAIN)).isEqualTo(Precision.BF16);
    assertThat(MixedPrecision.FP16.on(PLAIN)).isEqualTo(Precision.FP16);
    assertThat(MixedPrecision.FP32.on(NATIVE)).isEqualTo(Precision.FP32);
  }
}
