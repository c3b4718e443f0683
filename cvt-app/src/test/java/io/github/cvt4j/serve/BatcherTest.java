package io.github.cvt4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.serve.ServeConfig.Batching;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The model gives each picture its first number back, and batches wait for a permit. */
@Timeout(120)
class BatcherTest {

  private static final Duration FOREVER = Duration.ofSeconds(60);

  private final Metrics metrics = new Metrics();
  private final Semaphore permits = new Semaphore(1_000_000);
  private final Semaphore begun = new Semaphore(0);
  private final List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
  private Batcher batcher;

  private void start(int maxBatch, Duration delay, int queue) {
    batcher =
        new Batcher(
            "test",
            new Batching(maxBatch, delay, queue, 1, 1, weights -> Execution.FUSED),
            () -> {},
            this::compute,
            metrics.of("test"));
  }

  private List<float[]> compute(Output output, List<float[]> inputs) {
    begun.release();
    permits.acquireUninterruptibly();
    sizes.add(inputs.size());
    if (inputs.get(0)[0] < 0) {
      throw new IllegalStateException("a negative picture");
    }
    float sign = output == Output.LOGITS ? 1 : -1;
    return inputs.stream().map(input -> new float[] {sign * input[0]}).toList();
  }

  @AfterEach
  void close() {
    permits.release(1_000_000);
    batcher.close();
    metrics.close();
  }

  private static Job job(Output output, float value) {
    Job job = new Job(output, new byte[1]);
    job.decoded(new float[] {value}, 0);
    return job;
  }

  private Job submit(float value) {
    Job job = job(Output.LOGITS, value);
    batcher.submit(job);
    return job;
  }

  private static float value(Job job) {
    return job.result.join().values()[0];
  }

  @Test
  void aPictureAloneDoesNotWaitForOthersThatNobodySent() {
    start(8, FOREVER, 8);
    assertThat(batcher.admit(1)).isTrue();
    assertThat(value(submit(3))).isEqualTo(3);
    assertThat(sizes).containsExactly(1);
  }

  @Test
  void picturesThatAreStillBeingDecodedAreWaitedFor() {
    start(8, FOREVER, 8);
    batcher.admit(3);
    List<Job> jobs = new ArrayList<>(List.of(submit(1), submit(2)));
    jobs.add(submit(3));
    assertThat(jobs).extracting(BatcherTest::value).containsExactly(1f, 2f, 3f);
    assertThat(sizes).containsExactly(3);
  }

  @Test
  void thoseThatWillNotComeAreNotWaitedFor() {
    start(8, FOREVER, 8);
    batcher.admit(2);
    Job job = submit(1);
    batcher.withdraw();
    assertThat(value(job)).isEqualTo(1);
    assertThat(batcher.admitted()).isZero();
  }

  @Test
  void theDelayEndsTheWaiting() {
    start(8, Duration.ofMillis(1), 8);
    batcher.admit(2);
    assertThat(value(submit(1))).isEqualTo(1);
    assertThat(value(submit(2))).isEqualTo(2);
    assertThat(sizes).containsExactly(1, 1);
  }

  @Test
  void aBatchHasABound() {
    start(4, FOREVER, 100);
    batcher.admit(10);
    List<Job> jobs = IntStream.range(0, 10).mapToObj(this::submit).toList();
    assertThat(jobs)
        .extracting(BatcherTest::value)
        .containsExactly(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f);
    assertThat(sizes).containsExactly(4, 4, 2);
    assertThat(jobs.get(9).result.join().batch()).isEqualTo(2);
  }

  @Test
  void eachOutputIsComputedByItself() {
    start(8, FOREVER, 8);
    batcher.admit(3);
    Job first = job(Output.LOGITS, 1);
    Job second = job(Output.FEATURES, 2);
    Job third = job(Output.LOGITS, 3);
    List.of(first, second, third).forEach(batcher::submit);
    assertThat(List.of(first, second, third))
        .extracting(BatcherTest::value)
        .containsExactly(1f, -2f, 3f);
    assertThat(sizes).containsExactly(2, 1);
  }

  @Test
  void aFullQueueLetsNobodyInUntilABatchIsDone() {
    permits.drainPermits();
    start(1, FOREVER, 3);
    assertThat(batcher.admit(2)).isTrue();
    assertThat(batcher.admit(2)).as("four in a queue of three").isFalse();
    assertThat(batcher.admit(1)).isTrue();
    assertThat(batcher.admit(1)).isFalse();
    assertThat(batcher.retryAfterSeconds()).isBetween(1L, 60L);
    List<Job> jobs = List.of(submit(1), submit(2), submit(3));
    permits.release(3);
    jobs.forEach(BatcherTest::value);
    assertThat(batcher.admit(3)).as("room for the next, once the last has its answer").isTrue();
    IntStream.range(0, 3).forEach(i -> batcher.withdraw());
  }

  @Test
  void whatNobodyWaitsForIsNotComputed() {
    permits.drainPermits();
    start(1, FOREVER, 8);
    batcher.admit(3);
    Job first = submit(1);
    begun.acquireUninterruptibly();
    Job second = submit(2);
    Job third = submit(3);
    second.result.cancel(false);
    permits.release(2);
    assertThat(value(first)).isEqualTo(1);
    assertThat(value(third)).isEqualTo(3);
    assertThat(sizes).as("batches computed").hasSize(2);
    assertThat(second.isStarted()).isFalse();
    assertThat(third.isStarted()).isTrue();
  }

  @Test
  void aFailureIsToldAndTheWorkerGoesOn() {
    start(1, FOREVER, 8);
    batcher.admit(2);
    Job bad = submit(-1);
    Job good = submit(1);
    assertThat(good.result.join().values()).containsExactly(1);
    assertThat(bad.result)
        .failsWithin(FOREVER)
        .withThrowableThat()
        .havingRootCause()
        .withMessage("a negative picture");
    assertThat(catchThrowableOf(bad)).isInstanceOf(CompletionException.class);
  }

  /** One whose every step but the first fails as it does when memory runs out. */
  private static final class Hopeless extends Job {

    private final boolean atOnce;

    Hopeless(boolean atOnce) {
      super(Output.LOGITS, new byte[1]);
      this.atOnce = atOnce;
    }

    @Override
    boolean isOver() {
      if (atOnce) {
        throw new OutOfMemoryError("as a test");
      }
      return super.isOver();
    }

    @Override
    float[] start() {
      throw new OutOfMemoryError("as a test");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theWorkerOutlivesErrorsAroundABatchAndGivesThePlacesBack(boolean atOnce) {
    start(2, FOREVER, 8);
    batcher.admit(2);
    List<Job> bad = List.of(new Hopeless(atOnce), new Hopeless(atOnce));
    bad.forEach(batcher::submit);
    for (Job job : bad) {
      assertThat(job.result)
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .havingRootCause()
          .isInstanceOf(OutOfMemoryError.class);
    }
    assertThat(batcher.admitted()).as("places that are taken").isZero();
    batcher.admit(1);
    assertThat(value(submit(3))).isEqualTo(3);
  }

  private static Throwable catchThrowableOf(Job job) {
    return org.assertj.core.api.Assertions.catchThrowable(job.result::join);
  }

  @Test
  void closingComputesWhatWasSubmitted() throws InterruptedException {
    permits.drainPermits();
    start(1, FOREVER, 8);
    batcher.admit(2);
    List<Job> jobs = List.of(submit(1), submit(2));
    begun.acquireUninterruptibly();
    Thread closing = new Thread(batcher::close);
    closing.start();
    permits.release(2);
    closing.join();
    assertThat(jobs).extracting(BatcherTest::value).containsExactly(1f, 2f);
    assertThat(batcher.admit(1)).as("let in after the end").isFalse();
  }
}
