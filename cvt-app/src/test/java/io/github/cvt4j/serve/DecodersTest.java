package io.github.cvt4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.serve.ServeConfig.Limits;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecodersTest {

  /** What is decoded at the same time takes at most half the heap, whatever was asked for. */
  @ParameterizedTest
  @CsvSource({
    // pixels asked, decoders asked, heap in MB, pixels, decoders
    "1000000, 4, 1024, 1000000, 4",
    "50000000, 4, 4096, 50000000, 3",
    "50000000, 4, 1100, 50000000, 1",
    "50000000, 4, 512, 24403223, 1",
    "50000000, 1, 8192, 50000000, 1",
  })
  void picturesFitTheHeap(long pixels, int decoders, long heap, long taken, int together) {
    Limits limits = Decoders.affordable(new Limits(1 << 20, pixels, 4, decoders, 64), heap << 20);
    assertThat(limits).isEqualTo(new Limits(1 << 20, taken, 4, together, 64));
    assertThat(limits.pixels() * limits.decoders() * 11).isLessThanOrEqualTo((heap << 20) / 2);
  }
}
