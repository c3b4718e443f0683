package io.github.cvt4j.serve;

import io.github.cvt4j.image.DecodeOptions;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.serve.ServeConfig.Limits;
import io.github.cvt4j.spec.Preprocess;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings picture files through a model: decodes them on a few threads, each of which may need much
 * memory, hands them to the model's batcher, and gives up when the time is over. Thread-safe.
 */
final class Inference implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Inference.class);

  /** Heap that {@link DecodeOptions#maxPixels} says a pixel may take. */
  private static final long BYTES_OF_A_PIXEL = 11;

  private final DecodeOptions options;
  private final Duration patience;
  private final ThreadPoolExecutor decoders;
  private final ScheduledExecutorService clock;

  /**
   * @param patience from the arrival of a request's pictures to its answer
   * @param clock ends the patience; stays the caller's
   */
  Inference(Limits limits, Duration patience, ScheduledExecutorService clock) {
    this.options = DecodeOptions.DEFAULT.withLimits(limits.body(), limits.pixels());
    this.patience = patience;
    this.clock = clock;
    int threads = affordable(limits, Runtime.getRuntime().maxMemory());
    AtomicInteger number = new AtomicInteger();
    // The queue needs no bound of its own: only admitted pictures get here.
    decoders =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> daemon(task, "decode-" + number.getAndIncrement()));
  }

  /** A thread that does not keep the process alive. */
  static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** As many as were asked for, unless pictures of the largest size would take half the heap. */
  static int affordable(Limits limits, long heap) {
    long most = Math.max(1, heap / 2 / (BYTES_OF_A_PIXEL * limits.pixels()));
    if (most < limits.decoders()) {
      LOG.info(
          "pictures decoded at the same time: {} instead of {}: one of {} pixels takes {} MB of a heap of {} MB",
          most,
          limits.decoders(),
          limits.pixels(),
          (BYTES_OF_A_PIXEL * limits.pixels()) >> 20,
          heap >> 20);
    }
    return (int) Math.min(most, limits.decoders());
  }

  /** Pictures that wait for a decoder. */
  int waiting() {
    return decoders.getQueue().size();
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
        RgbImage picture = ImageDecoder.decode(encoded, name, options);
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

  /** Lets the threads end when they are done. */
  @Override
  public void close() {
    decoders.shutdown();
  }
}
