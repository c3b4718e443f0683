package io.github.cvt4j.serve;

import io.github.cvt4j.explain.Explainer;
import io.github.cvt4j.explain.Explanation;
import io.github.cvt4j.explain.Question;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.tensor.Engine;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Looks inside models, one look at a time, waiting for the decoders included, so that they take the
 * memory of one and leave the processor to answers. Thread-safe.
 */
final class Lookers implements AutoCloseable {

  /** About what a few looks take. */
  private static final int RETRY_SECONDS = 2;

  private final Decoders decoders;
  private final Duration patience;
  private final ThreadPoolExecutor thread;
  private final ScheduledExecutorService clock;

  /**
   * @param decoders stay the caller's
   * @param clock ends the patience; stays the caller's
   */
  Lookers(ServeConfig config, Decoders decoders, ScheduledExecutorService clock) {
    this.decoders = decoders;
    this.patience = config.timeouts().answer();
    this.clock = clock;
    thread =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(config.looks().queue()),
            task ->
                Inference.daemon(
                    () -> {
                      Engine.setThreads(config.batching().threads());
                      task.run();
                    },
                    "look"));
  }

  /** Looks that wait for their turn. */
  int waiting() {
    return thread.getQueue().size();
  }

  /**
   * A look at a picture file.
   *
   * @param model of the explainer; the caller has it, and so has the look until it is over
   * @return fails with a {@link Problem}: 503 if its turn did not come in time, 504 if it was being
   *     made when time was over; or as decoding and explaining do
   * @throws Problem 429 if too many wait
   */
  CompletableFuture<Explanation> look(
      ServedModel model, Explainer explainer, Question question, byte[] file) {
    CompletableFuture<Explanation> result = new CompletableFuture<>();
    AtomicBoolean started = new AtomicBoolean();
    AtomicReference<byte[]> encoded = new AtomicReference<>(file);
    Runnable work =
        () -> {
          try {
            if (!result.isDone()) { // else nobody waits for it any more
              started.set(true);
              result.complete(explainer.explain(decoded(encoded), question));
            }
          } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
          } finally {
            model.release();
          }
        };
    if (!model.retain()) {
      throw new IllegalStateException("a model that the caller does not have");
    }
    try {
      thread.execute(work);
    } catch (RejectedExecutionException e) {
      model.release();
      throw Problem.passing(429, "the queue of looks inside is full", RETRY_SECONDS);
    }
    Future<?> end =
        clock.schedule(
            () -> result.completeExceptionally(late(started.get())),
            patience.toMillis(),
            TimeUnit.MILLISECONDS);
    return result.whenComplete(
        (look, failure) -> {
          encoded.set(null); // its memory is given back, though its turn has not come
          end.cancel(false);
        });
  }

  /** The picture, when a decoder has had time for it. */
  private RgbImage decoded(AtomicReference<byte[]> encoded) {
    return CompletableFuture.supplyAsync(
            () -> {
              byte[] file = encoded.getAndSet(null);
              if (file == null) {
                throw new CancellationException("nobody waits for it any more");
              }
              return decoders.decode(file, "the picture");
            },
            decoders)
        .join();
  }

  private Problem late(boolean started) {
    double seconds = patience.toMillis() / 1000.0;
    return started
        ? Problem.of(504, "the look was not done after %.1f s".formatted(seconds))
        : Problem.passing(
            503, "the request's turn did not come within %.1f s".formatted(seconds), RETRY_SECONDS);
  }

  /** Lets the thread end when it is done. */
  @Override
  public void close() {
    thread.shutdown();
  }
}
