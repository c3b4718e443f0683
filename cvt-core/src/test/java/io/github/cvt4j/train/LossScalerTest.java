package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LossScalerTest {

  @Test
  void halvesOnOverflowAndDoublesAfterManyGoodSteps() {
    LossScaler scaler = new LossScaler(true);
    assertThat(scaler.scale()).isEqualTo(65_536);
    assertThat(scaler.overflowed()).isTrue();
    assertThat(scaler.scale()).isEqualTo(32_768);
    for (int i = 0; i < LossScaler.INTERVAL - 1; i++) {
      scaler.succeeded();
    }
    assertThat(scaler.state()).isEqualTo(new LossScaler.State(32_768, LossScaler.INTERVAL - 1));
    scaler.succeeded();
    assertThat(scaler.state()).isEqualTo(new LossScaler.State(65_536, 0));
  }

  @Test
  void givesUpWhereScalingLessDoesNotHelp() {
    LossScaler scaler = new LossScaler(true);
    for (int i = 0; i < 16; i++) {
      assertThat(scaler.overflowed()).as("halving %d", i + 1).isTrue();
    }
    assertThat(scaler.scale()).isEqualTo(1);
    assertThat(scaler.overflowed()).isFalse();
  }

  @Test
  void otherTypesNeedNone() {
    LossScaler scaler = new LossScaler(false);
    scaler.succeeded();
    assertThat(scaler.state()).isEqualTo(LossScaler.State.NONE);
    assertThat(scaler.overflowed()).isFalse();
  }
}
