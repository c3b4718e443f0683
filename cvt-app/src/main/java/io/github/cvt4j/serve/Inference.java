package io.github.cvt4j.serve;

import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Brings picture files through a model: has them decoded, hands them to the model's batcher, and
 * gives up when the time is over. Thread-safe.
 */
final class Inference {

  private final Decoders decoders;
  private final Duration patience;
  private final ScheduledExecutorService clock;

  /**
   * @param decoders stay the caller's
   * @param patience from the arrival of a request's pictures to its answer
   * @param clock ends the patience; stays the caller's
   */
  Inference(Decoders decoders, Duration patience, ScheduledExecutorService clock) {
    this.decoders = decoders;
    this.patience = patience;
    this.clock = clock;
  }

  /** A thread that does not keep the process alive. */
  static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * What a model makes of picture files, in their order.
   *
   * @param preprocess the model's own, or as the client wants it; the size must be the model's
   * @return fails with a {@link Problem}: 422 for a file that is no picture, 503 if its turn did
   *     not come in time, 504 if it was being computed when time was over
   * @throws Problem 429 if the model's queue is full
   */
  CompletableFuture<List<Job.Computed>> run(
      ServedModel model, Output output, Preprocess preprocess, List<byte[]> files) {
    Batcher batcher = model.batcher();
    if (!batcher.admit(files.size())) {
      throw Problem.passing(
          429,
          "the queue of model '%s' has no room for %d pictures"
              .formatted(model.name(), files.size()),
          batcher.retryAfterSeconds());
    }
    Preprocessor preprocessor = new Preprocessor(preprocess);
    List<Job> jobs = files.stream().map(file -> new Job(output, file)).toList();
    AtomicBoolean ended = new AtomicBoolean();
    CompletableFuture<?>[] watched = new CompletableFuture<?>[jobs.size()];
    for (int i = 0; i < watched.length; i++) {
      Job job = jobs.get(i);
      watched[i] =
          job.result.whenComplete(
              (done, failure) -> {
                job.forget();
                if (failure != null && ended.compareAndSet(false, true)) { // it ends them all
                  jobs.forEach(other -> other.result.completeExceptionally(failure));
                }
              });
      String name = jobs.size() == 1 ? "the picture" : "picture " + i;
      decoders.execute(() -> decode(job, name, preprocessor, model));
    }
    Future<?> end = clock.schedule(() -> giveUp(jobs), patience.toMillis(), TimeUnit.MILLISECONDS);
    return CompletableFuture.allOf(watched)
        .whenComplete((done, failure) -> end.cancel(false))
        .thenApply(done -> jobs.stream().map(job -> job.result.join()).toList());
  }

  private void decode(Job job, String name, Preprocessor preprocessor, ServedModel model) {
    byte[] encoded = job.encoded();
    boolean ready = false;
    try {
      if (encoded != null) { // else nobody waits for it any more
        long began = System.nanoTime();
        RgbImage picture = decoders.decode(encoded, name);
        float[] input = preprocessor.apply(picture);
        long nanos = System.nanoTime() - began;
        model.metrics().decoded(nanos);
        job.decoded(input, nanos);
        ready = true;
      }
    } catch (RuntimeException | Error e) {
      job.result.completeExceptionally(e);
    } finally {
      if (ready) {
        model.batcher().submit(job);
      } else {
        model.batcher().withdraw();
      }
    }
  }

  private void giveUp(List<Job> jobs) {
    boolean computing = jobs.stream().anyMatch(job -> job.isStarted() && !job.isOver());
    double seconds = patience.toMillis() / 1000.0;
    Problem problem =
        computing
            ? Problem.of(504, "the model was not done after %.1f s".formatted(seconds))
            : Problem.passing(
                503, "the request's turn did not come within %.1f s".formatted(seconds), 1);
    jobs.forEach(job -> job.result.completeExceptionally(problem));
  }
}
