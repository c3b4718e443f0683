package io.github.cvt4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.cvt4j.explain.Explainer;
import io.github.cvt4j.explain.Explanation;
import io.github.cvt4j.explain.Method;
import io.github.cvt4j.explain.Question;
import io.github.cvt4j.serve.ServeConfig.Limits;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Looks while the only decoder is busy with something else. */
@Timeout(120)
class LookersTest {

  private static final Question QUESTION = Question.of(Method.ROLLOUT);

  private final Metrics metrics = new Metrics();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final Decoders decoders = new Decoders(new Limits(1 << 20, 1_000_000, 1, 1, 1));
  private final CountDownLatch busy = new CountDownLatch(1);
  private ServedModel model;
  private Lookers lookers;

  private void start(Duration patience) {
    ServeConfig config = TestServer.CONFIG.with(TestServer.CONFIG.timeouts().withAnswer(patience));
    model =
        ServedModel.open(
            "test", TestServer.TINY.open(), config.batching(), config.looks(), metrics);
    lookers = new Lookers(config, decoders, clock);
    decoders.execute(
        () -> {
          try {
            busy.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  @AfterEach
  void stop() {
    busy.countDown();
    lookers.close();
    model.release();
    model.freed().join();
    decoders.close();
    clock.shutdownNow();
    metrics.close();
  }

  private CompletableFuture<Explanation> look(byte[] file) {
    Explainer explainer = model.explainer().orElseThrow();
    return lookers.look(model, explainer, QUESTION, file);
  }

  @Test
  void aLookWaitsForADecoder() {
    start(Duration.ofSeconds(60));
    CompletableFuture<Explanation> look = look(TestServer.picture("rgb_20x30.png"));
    assertThat(look)
        .as("a look that is made beside the decoders")
        .failsWithin(Duration.ofSeconds(1))
        .withThrowableOfType(TimeoutException.class);
    busy.countDown();
    assertThat(look.join().overlays()).hasSize(1);
  }

  @Test
  void aLookThatCameTooLateLetsGoOfItsFile() throws InterruptedException {
    start(Duration.ofMillis(200));
    byte[] first = TestServer.picture("rgb_20x30.png");
    byte[] second = first.clone();
    List<WeakReference<byte[]>> files =
        List.of(new WeakReference<>(first), new WeakReference<>(second));
    List<CompletableFuture<Explanation>> looks = List.of(look(first), look(second));
    first = null;
    second = null;
    for (CompletableFuture<Explanation> look : looks) {
      assertThatExceptionOfType(CompletionException.class)
          .isThrownBy(look::join)
          .withCauseInstanceOf(Problem.class);
    }
    while (files.stream().anyMatch(file -> file.get() != null)) { // the test's timeout ends this
      System.gc();
      Thread.sleep(10);
    }
  }
}
