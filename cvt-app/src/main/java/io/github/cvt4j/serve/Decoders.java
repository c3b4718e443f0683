package io.github.cvt4j.serve;

import io.github.cvt4j.image.DecodeOptions;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.serve.ServeConfig.Limits;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes the pictures of all requests on a few threads, each of which may need much memory.
 * Thread-safe.
 */
final class Decoders implements Executor, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Decoders.class);

  /** Heap that {@link DecodeOptions#maxPixels} says a pixel may take. */
  private static final long BYTES_OF_A_PIXEL = 11;

  private final DecodeOptions options;
  private final ThreadPoolExecutor threads;

  Decoders(Limits asked) {
    Limits limits = affordable(asked, Runtime.getRuntime().maxMemory());
    options = DecodeOptions.DEFAULT.withLimits(limits.body(), limits.pixels());
    int count = limits.decoders();
    AtomicInteger number = new AtomicInteger();
    // The queue needs no bound of its own: admitted pictures get here, and one look at a time.
    threads =
        new ThreadPoolExecutor(
            count,
            count,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> Inference.daemon(task, "decode-" + number.getAndIncrement()));
  }

  /**
   * As many pixels and decoders as were asked for, unless the pictures that are decoded at the same
   * time could take more than half the heap.
   */
  static Limits affordable(Limits asked, long heap) {
    long pixels = Math.max(1, Math.min(asked.pixels(), heap / 2 / BYTES_OF_A_PIXEL));
    long most = Math.max(1, heap / 2 / (BYTES_OF_A_PIXEL * pixels));
    int decoders = (int) Math.min(most, asked.decoders());
    if (pixels < asked.pixels() || decoders < asked.decoders()) {
      LOG.info(
          "pictures of at most {} pixels instead of {}, {} at the same time instead of {}: a pixel takes {} bytes of a heap of {} MB",
          pixels,
          asked.pixels(),
          decoders,
          asked.decoders(),
          BYTES_OF_A_PIXEL,
          heap >> 20);
    }
    return asked.with(pixels, decoders);
  }

  /** Runs what decodes, when its turn comes. */
  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  /** A picture; to be called by a task of {@link #execute}. */
  RgbImage decode(byte[] file, String name) {
    return ImageDecoder.decode(file, name, options);
  }

  /** Pictures that wait for a decoder. */
  int waiting() {
    return threads.getQueue().size();
  }

  /** Lets the threads end when they are done. */
  @Override
  public void close() {
    threads.shutdown();
  }
}
