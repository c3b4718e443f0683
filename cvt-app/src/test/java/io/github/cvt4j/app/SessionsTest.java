package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SessionsTest {

  @Test
  void aCommandCanBeTypedAgain() {
    assertThat(
            Sessions.command(
                List.of("train", "--data", "my pictures", "TRAIN.LR", "1e-3", "it's", "")))
        .isEqualTo("train --data 'my pictures' TRAIN.LR 1e-3 'it'\\''s' ''");
  }
}
