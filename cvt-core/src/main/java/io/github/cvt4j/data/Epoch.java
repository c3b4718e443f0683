package io.github.cvt4j.data;

import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The batches of one epoch of a {@link Loader}, in order. Used by one thread; the loader's workers
 * run ahead of it by a few batches and end with the epoch or when it is closed.
 */
public final class Epoch implements Iterator<Batch>, AutoCloseable {

  /** Batches that workers prepare while the caller uses one. */
  static final int AHEAD = 2;

  /** Parts of a batch per worker: small, so that all finish the batch that is waited for first. */
  private static final int PARTS_PER_WORKER = 2;

  /** A batch that is being filled. */
  private static final class Pending {

    final int number;
    final int[] indices;
    final long[] labels;
    final FloatBuffer buffer;
    final List<FutureTask<Void>> parts = new ArrayList<>();
    final AtomicInteger missing;
    float[] targets; // written before the last part is done, read after

    Pending(int number, int[] indices, long[] labels, FloatBuffer buffer) {
      this.number = number;
      this.indices = indices;
      this.labels = labels;
      this.buffer = buffer;
      this.missing = new AtomicInteger(indices.length);
    }
  }

  private final Loader loader;
  private final int number;
  private final int[] order;
  private final ExecutorService workers;
  private final Deque<Pending> pending = new ArrayDeque<>();
  private int nextToPrepare;
  private int nextToReturn;
  private long waitNanos;
  private volatile boolean closed;

  Epoch(Loader loader, int number, int firstBatch) {
    this.loader = loader;
    this.number = number;
    this.order = loader.order(number);
    this.nextToPrepare = firstBatch;
    this.nextToReturn = firstBatch;
    int threads = loader.config().workers();
    this.workers = threads == 0 ? null : Executors.newFixedThreadPool(threads, Epoch::thread);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "cvt-loader");
    thread.setDaemon(true);
    return thread;
  }

  /** Whether there are more batches; false once the epoch is closed or has failed. */
  @Override
  public boolean hasNext() {
    return !closed && nextToReturn < loader.batches();
  }

  /**
   * The next batch, waited for if need be; the caller closes it.
   *
   * @throws io.github.cvt4j.InvalidInputException naming the picture that cannot be loaded; the
   *     epoch is closed then
   * @throws NoSuchElementException after the last batch, or when the epoch is closed
   * @throws IllegalStateException if far too many batches are open
   * @throws CancellationException if the thread was interrupted; the epoch is closed then
   */
  @Override
  public Batch next() {
    if (!hasNext()) {
      throw new NoSuchElementException("no batch is left in this epoch");
    }
    long start = System.nanoTime();
    prepareAhead();
    await(pending.element());
    waitNanos += System.nanoTime() - start;
    nextToReturn++;
    Pending done = pending.remove();
    return new Batch(
        done.indices, done.labels, done.targets, done.buffer, () -> loader.giveBack(done.buffer));
  }

  /** Time that {@link #next} took so far: what loading costs whoever consumes the batches. */
  public long waitNanos() {
    return waitNanos;
  }

  /** Stops the workers and waits until they have; batches already handed out stay valid. */
  @Override
  public void close() {
    closed = true;
    if (workers != null) {
      workers.shutdown();
      awaitEnd(workers);
    }
    while (!pending.isEmpty()) {
      loader.giveBack(pending.remove().buffer);
    }
  }

  private void prepareAhead() {
    int ahead = workers == null ? 0 : AHEAD;
    while (pending.size() <= ahead && nextToPrepare < loader.batches()) {
      prepare(nextToPrepare++);
    }
    if (workers != null && nextToPrepare == loader.batches()) {
      workers.shutdown(); // takes no new work, so that the threads end with what they have
    }
  }

  private void prepare(int batch) {
    int size = loader.config().batchSize();
    int[] indices =
        Arrays.copyOfRange(order, batch * size, Math.min(order.length, (batch + 1) * size));
    long[] labels = Arrays.stream(indices).mapToLong(loader::label).toArray();
    Pending filling = new Pending(batch, indices, labels, loader.take(indices.length));
    pending.add(filling);
    int parts = Math.max(1, PARTS_PER_WORKER * loader.config().workers());
    int step = (indices.length + parts - 1) / parts;
    Executor executor = workers == null ? Runnable::run : workers;
    for (int from = 0; from < indices.length; from += step) {
      int first = from;
      int last = Math.min(indices.length, from + step);
      FutureTask<Void> part = new FutureTask<>(() -> fill(filling, first, last), null);
      filling.parts.add(part);
      executor.execute(part);
    }
  }

  private void fill(Pending batch, int first, int last) {
    int start = batch.number * loader.config().batchSize();
    for (int place = first; place < last; place++) {
      if (closed) {
        return; // nobody waits for it any more
      }
      loader.load(number, start + place, batch.indices, batch.buffer);
    }
    if (batch.missing.addAndGet(first - last) == 0) { // whoever completes the batch mixes it
      batch.targets = loader.mix(number, batch.number, batch.labels, batch.buffer);
    }
  }

  private void await(Pending batch) {
    try {
      for (FutureTask<Void> part : batch.parts) {
        part.get();
      }
    } catch (ExecutionException e) {
      close();
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause(); // parts throw nothing checked
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for a batch");
    }
  }

  private static void awaitEnd(ExecutorService workers) {
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = workers.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true; // buffers must not be given back while a worker writes to them
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
