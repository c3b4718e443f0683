package io.github.cvt4j.fused;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.tensor.Processor;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which kernels are taken where. */
class KernelsTest {

  @Test
  void oneDnnIsNotAskedForWhatItRefuses() {
    Processor avx2 = new Processor(Set.of("avx2"));
    assertThat(Kernels.best(ComputeType.BF16, avx2)).isEqualTo(Kernels.PLAIN);
    Processor avx512 = new Processor(Set.of("avx512bw", "avx512vl", "avx512dq"));
    for (ComputeType type : ComputeType.values()) {
      assertThat(Kernels.best(type, avx512)).isEqualTo(Kernels.best(ComputeType.FP32, avx2));
    }
  }

  @Test
  void attentionInIntegersIsThatInFloats() {
    for (Processor any :
        new Processor[] {new Processor(Set.of("avx2")), new Processor(Set.of("amx_bf16"))}) {
      assertThat(AttentionKernel.best(ComputeType.INT8, any))
          .isEqualTo(AttentionKernel.best(ComputeType.FP32, any));
    }
  }
}
