package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private final AtomicLong seconds = new AtomicLong();
  private final StringWriter err = new StringWriter();
  private final Progress progress =
      new Progress(
          "train", 100, new PrintWriter(err), () -> TimeUnit.SECONDS.toNanos(seconds.get()), null);

  @Test
  void withoutATerminalALineAppearsEveryTwentySeconds() {
    for (int step = 1; step <= 50; step++) {
      seconds.set(step);
      progress.at(step, "loss 0.5");
    }
    assertThat(err.toString().lines())
        .containsExactly("train 20/100 loss 0.5", "train 40/100 loss 0.5");
  }
}
