package io.github.cvt4j.train;

import io.github.cvt4j.tensor.Engine;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Threads that share out many pieces of work, each with libtorch on that thread alone: for matrix
 * products, which OpenBLAS computes on one thread.
 */
final class Crew implements AutoCloseable {

  private final ExecutorService threads; // null: the caller's own

  /**
   * @param size number of threads; 1 for the caller's own
   */
  Crew(int size) {
    threads = size > 1 ? Executors.newFixedThreadPool(size, Crew::thread) : null;
  }

  private static Thread thread(Runnable work) {
    Thread thread =
        new Thread(
            () -> {
              Engine.setThreads(1);
              work.run();
            },
            "cvt-optimizer");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Does pieces 0 to {@code count - 1} in any order, and waits for all of them.
   *
   * @param piece opens its own scope
   */
  void each(int count, IntConsumer piece) {
    if (threads == null) {
      IntStream.range(0, count).forEach(piece);
      return;
    }
    int before = Engine.threads();
    CompletableFuture<?>[] pieces =
        IntStream.range(0, count)
            .mapToObj(i -> CompletableFuture.runAsync(() -> piece.accept(i), threads))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(pieces).join();
    // Threads that have never computed start with the number that was set last: not a crew's 1.
    Engine.setThreads(before);
  }

  @Override
  public void close() {
    if (threads != null) {
      threads.shutdown(); // nothing is under way
    }
  }
}
