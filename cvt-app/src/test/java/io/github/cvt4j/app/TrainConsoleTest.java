package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.eval.Metrics;
import io.github.cvt4j.train.EpochResult;
import io.github.cvt4j.train.EpochResult.Validation;
import io.github.cvt4j.train.EpochResult.Weights;
import io.github.cvt4j.train.EpochTiming;
import io.github.cvt4j.train.TrainListener.Step;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TrainConsoleTest {

  private static final List<Validation> VALIDATIONS =
      List.of(
          new Validation(Weights.RAW, new Metrics(50, 0.6, 0.9, 1.1)),
          new Validation(Weights.EMA, new Metrics(50, 0.7, 0.9, 1)));

  private final AtomicLong seconds = new AtomicLong();
  private final StringWriter text = new StringWriter();
  private final PrintWriter err = new PrintWriter(text);

  private long nanos() {
    return TimeUnit.SECONDS.toNanos(seconds.get());
  }

  private final TrainConsole console =
      new TrainConsole(
          err,
          this::nanos,
          (task, steps) -> new Progress(task, steps, err, this::nanos, /* bar= */ null));

  private void step(int epoch, int batch) {
    seconds.addAndGet(10);
    console.onStep(new Step(epoch, batch, 4, 1.25, 2e-4, Double.NaN, 6.4));
  }

  @Test
  void withoutATerminalLinesSayLossRateSpeedAndTimeLeft() {
    console.onBegin(2, 4);
    for (int batch = 1; batch <= 4; batch++) {
      step(1, batch);
    }
    console.onValidation(1, 50, 50);
    seconds.addAndGet(5);
    EpochTiming timing = new EpochTiming(1, 6.4, 0.015, 40, 5);
    console.onEpoch(new EpochResult(1, 2e-4, 1.3, 0.5, VALIDATIONS), timing);
    step(2, 1);
    console.close();
    assertThat(text.toString().lines())
        .containsExactly(
            "epoch 1/2 3/4 loss 1.250, rate 2.0e-04, 6.4 img/s, 0:10 left (run 0:50)",
            "epoch 1/2: loss 1.3000, top-1 50.00 %; validation: loss 1.1000, top-1 60.00 %;"
                + " validation of averaged weights: loss 1.0000, top-1 70.00 %;"
                + " 6.4 images/s, 1.5 % waiting for data; 0:45 left");
  }
}
