package io.github.cvt4j.serve;

import io.github.cvt4j.serve.ServeConfig.Batching;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes pictures of several requests together, in the order in which they came.
 *
 * <p>A picture is admitted when its request has arrived, and submitted when it has been decoded. A
 * worker takes what has been submitted at once, unless more is known to come: it waits for admitted
 * pictures, up to the longest delay. So a request alone is never delayed, and of several that
 * arrive together the first does not run away with a batch of one.
 *
 * <p>At most {@link Batching#queue} pictures are admitted at any time. Who was admitted must end in
 * {@link #submit} or {@link #withdraw}. Thread-safe.
 */
final class Batcher implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Batcher.class);

  /** Share of the newest batch in the mean time of a picture. */
  private static final double NEWEST = 0.2;

  private static final long LONGEST_RETRY_SECONDS = 60;

  /** Computes one batch of the same output, on one of the batcher's own threads. */
  @FunctionalInterface
  interface Compute {

    /** One array of values for each input. */
    List<float[]> run(Output output, List<float[]> inputs);
  }

  private final Batching config;
  private final Compute compute;
  private final Metrics.OfModel metrics;
  private final List<Thread> workers = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Job> queue = new ArrayDeque<>();
  private int admitted;
  private int coming;
  private double nanosOfAPicture;
  private boolean closed;

  /**
   * @param name of the model, for its threads
   * @param prepare runs first on each worker
   */
  Batcher(
      String name, Batching config, Runnable prepare, Compute compute, Metrics.OfModel metrics) {
    this.config = config;
    this.compute = compute;
    this.metrics = metrics;
    metrics.watch(this::admitted);
    for (int i = 0; i < config.workers(); i++) {
      Thread worker =
          new Thread(
              () -> {
                prepare.run();
                work();
              },
              "batch-" + name + "-" + i);
      worker.setDaemon(true);
      worker.start();
      workers.add(worker);
    }
  }

  /** Whether that many pictures are let in; all or none. */
  boolean admit(int pictures) {
    lock.lock();
    try {
      if (closed || admitted + pictures > config.queue()) {
        return false;
      }
      admitted += pictures;
      coming += pictures;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** A picture that was admitted will not come. */
  void withdraw() {
    lock.lock();
    try {
      admitted--;
      coming--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A picture that was admitted is ready. */
  void submit(Job job) {
    lock.lock();
    try {
      coming--;
      job.submittedAt(System.nanoTime());
      queue.add(job);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Pictures that have been admitted and are not computed yet. */
  int admitted() {
    lock.lock();
    try {
      return admitted;
    } finally {
      lock.unlock();
    }
  }

  /** When there will be room again, by how long pictures took lately. */
  long retryAfterSeconds() {
    lock.lock();
    try {
      double seconds = admitted * nanosOfAPicture / 1e9 / config.workers();
      return Math.max(1, Math.min(LONGEST_RETRY_SECONDS, (long) Math.ceil(seconds)));
    } finally {
      lock.unlock();
    }
  }

  /** Computes what has been submitted, lets nobody in any more, and ends the workers. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    for (Thread worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true; // the network must not be freed under a worker
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The worker must live on, even when memory ran out; the clients are told. */
  private void work() {
    List<Job> batch = new ArrayList<>();
    boolean more = true;
    while (more) {
      batch.clear();
      try {
        more = next(batch);
        Map<Boolean, List<Job>> over =
            batch.stream().collect(Collectors.partitioningBy(Job::isOver));
        release(over.get(true));
        for (Output output : Output.values()) {
          run(output, over.get(false).stream().filter(job -> job.output == output).toList());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // nobody does that to a thread of ours
        return;
      } catch (RuntimeException | Error e) {
        fail(batch, e);
      }
    }
  }

  private void fail(List<Job> jobs, Throwable e) {
    release(jobs);
    jobs.forEach(job -> job.result.completeExceptionally(e)); // not those that have a result
    try {
      LOG.error("a batch of {} failed", jobs.size(), e);
    } catch (OutOfMemoryError again) {
      // the clients are told
    }
  }

  /** Waits for the next batch; false is the end. */
  private boolean next(List<Job> batch) throws InterruptedException {
    lock.lock();
    try {
      while (batch.isEmpty()) {
        while (queue.isEmpty()) {
          if (closed && coming == 0) {
            return false;
          }
          changed.await();
        }
        long left = config.maxDelay().toNanos() - (System.nanoTime() - queue.peek().submittedAt());
        while (coming > 0 && queue.size() < config.maxBatch() && left > 0) {
          left = changed.awaitNanos(left);
        }
        while (!queue.isEmpty() && batch.size() < config.maxBatch()) {
          batch.add(queue.peek()); // another worker may have been faster: then wait again
          queue.remove();
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void run(Output output, List<Job> jobs) {
    if (jobs.isEmpty()) {
      return;
    }
    long began = System.nanoTime();
    try {
      List<float[]> values = values(output, jobs);
      long nanos = System.nanoTime() - began;
      metrics.computed(jobs.size(), nanos);
      learn(nanos / jobs.size());
      for (int i = 0; i < jobs.size(); i++) {
        metrics.waited(began - jobs.get(i).submittedAt());
        jobs.get(i).finish(values.get(i), began, nanos, jobs.size());
      }
    } catch (RuntimeException | Error e) {
      fail(jobs, e); // the other output's jobs are computed
    }
  }

  /** Gives the places back before anybody has an answer: who has one finds room for the next. */
  private List<float[]> values(Output output, List<Job> jobs) {
    try {
      return compute.run(output, jobs.stream().map(Job::start).toList());
    } finally {
      release(jobs);
    }
  }

  private void learn(long nanos) {
    lock.lock();
    try {
      nanosOfAPicture =
          nanosOfAPicture == 0 ? nanos : (1 - NEWEST) * nanosOfAPicture + NEWEST * nanos;
    } finally {
      lock.unlock();
    }
  }

  /** Gives back the places of those that have one still. */
  private void release(List<Job> jobs) {
    lock.lock();
    try {
      for (Job job : jobs) {
        if (job.leave()) {
          admitted--;
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
