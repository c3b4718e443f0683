package io.github.cvt4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessorTest {

  @Test
  void flagsAreThoseOfTheFirstProcessor() {
    Processor processor =
        Processor.of(
            List.of("model name : x", "flags\t\t: fpu sse", "", "model name : y", "flags : avx"));
    assertThat(processor.flags()).containsExactlyInAnyOrder("fpu", "sse");
  }

  @Test
  void nothingIsKnownWithoutFlags() {
    assertThat(Processor.of(List.of())).isEqualTo(new Processor(Set.of()));
    assertThat(Processor.of(List.of("model name : flags"))).isEqualTo(new Processor(Set.of()));
  }

  @Test
  void onlyNativeBfloat16CountsAsFast() {
    assertThat(of("amx_bf16").multipliesBf16()).isTrue();
    assertThat(of("avx512_bf16").multipliesBf16()).isTrue();
    assertThat(of("avx512_bf16x").multipliesBf16()).isFalse();
    assertThat(of("avx512f").multipliesBf16()).isFalse();
  }

  @Test
  void emulatedBfloat16NeedsParts() {
    assertThat(of("avx512bw avx512dq avx512vl").runsPackedBf16()).isTrue();
    assertThat(of("avx512bw avx512dq").runsPackedBf16()).isFalse();
    assertThat(of("avx_ne_convert").runsPackedBf16()).isTrue();
    assertThat(of("avx2").runsPackedBf16()).isFalse();
  }

  @Test
  void vectorsAreNoMatrixUnit() {
    assertThat(of("amx_bf16").hasBf16Tiles()).isTrue();
    assertThat(of("avx512_bf16").hasBf16Tiles()).isFalse();
  }

  private static Processor of(String flags) {
    return new Processor(Set.of(("fpu " + flags).split(" ")));
  }
}
