package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TimeLeftTest {

  private static final Offset<Double> EXACT = within(1e-6);

  private double seconds;
  private final TimeLeft left = new TimeLeft(() -> Math.round(seconds * 1e9));

  @BeforeEach
  void begin() {
    left.begin(3);
  }

  private void steps(int epoch, int from, int to) {
    for (int batch = from; batch <= to; batch++) {
      left.step(epoch, batch, 10);
      seconds += 2;
    }
  }

  @Test
  void nothingIsSaidBeforeThePaceIsKnown() {
    steps(1, 1, 1);
    assertThat(left.ofEpoch()).isEmpty();
    assertThat(left.ofRun()).isEmpty();
  }

  @Test
  void stepsAndValidationsToComeAreCounted() {
    steps(1, 1, 4);
    assertThat(left.ofEpoch().getAsDouble()).isCloseTo(6 * 2, EXACT);
    assertThat(left.ofRun().getAsDouble()).as("no validation yet").isCloseTo(26 * 2, EXACT);
    steps(1, 5, 10);
    seconds += 5; // two of them passed after the last step already
    left.validates();
    left.epochEnds();
    assertThat(left.ofRun().getAsDouble()).isCloseTo(2 * (20 + 7), EXACT);
    seconds += 100; // saving is no step
    steps(2, 1, 9);
    assertThat(left.ofEpoch().getAsDouble()).isCloseTo(2, EXACT);
    assertThat(left.ofRun().getAsDouble()).isCloseTo(2 + 7 + 20 + 7, EXACT);
  }

  @Test
  void aResumedRunCountsFromItsEpoch() {
    steps(3, 9, 10);
    assertThat(left.ofRun().getAsDouble()).isCloseTo(0, EXACT);
  }

  @Test
  void timesAreWrittenAsClocksDo() {
    assertThat(TimeLeft.text(9.6)).isEqualTo("0:10");
    assertThat(TimeLeft.text(3599.4)).isEqualTo("59:59");
    assertThat(TimeLeft.text(3600)).isEqualTo("1:00:00");
    assertThat(TimeLeft.text(100 * 3600 + 61)).isEqualTo("100:01:01");
  }
}
