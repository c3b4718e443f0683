package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BarLineTest {

  @Test
  void theBarTakesTheRoomThatFiguresLeave() {
    assertThat(BarLine.line("epoch 1/2", 5, 10, "loss 1.2", 40))
        .isEqualTo("epoch 1/2 [=======      ]  50 % loss 1.2");
    assertThat(BarLine.line("x", 10, 10, "", 20)).isEqualTo("x [==========] 100 %");
    assertThat(BarLine.line("x", 0, 10, "", 200)).isEqualTo("x [" + " ".repeat(40) + "]   0 %");
  }

  @Test
  void withoutRoomTheBarGoesFirst() {
    assertThat(BarLine.line("epoch 1/2", 5, 10, "loss 1.2", 30))
        .isEqualTo("epoch 1/2  50 % loss 1.2");
    assertThat(BarLine.line("epoch 1/2", 5, 10, "loss 1.2", 10)).isEqualTo("epoch 1/2 ");
    assertThat(BarLine.line("epoch 1/2", 5, 10, "loss 1.2", 0)).isEmpty();
  }

  @Test
  void anUnknownTotalHasNoShare() {
    assertThat(BarLine.line("model", 512, -1, "bytes", 80)).isEqualTo("model 512 bytes");
  }
}
