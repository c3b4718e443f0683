package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;

/**
 * Shares the processor among all calls of all models. A call that finds the cores idle takes as
 * many as its thread is set to use; one that does not waits for a single core. So one caller gets
 * the shortest answer and many callers the most answers, and no more intermediates are alive than
 * there are cores.
 */
final class Cores {

  private static final int COUNT = Runtime.getRuntime().availableProcessors();
  private static final Semaphore FREE = new Semaphore(COUNT, /* fair= */ true);
  private static final ExecutorService WORKERS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "cvt4j-fused");
            thread.setDaemon(true);
            return thread;
          });

  private Cores() {}

  /** Runs work on this thread; it is told how many cores it has, and operators use them all. */
  static Tensor run(IntFunction<Tensor> work) {
    int wanted = Math.max(1, Math.min(Engine.threads(), COUNT));
    int taken = wanted;
    if (!FREE.tryAcquire(wanted)) {
      taken = 1;
      FREE.acquireUninterruptibly();
    }
    int before = Engine.threads();
    try {
      Engine.setThreads(taken);
      return work.apply(taken);
    } finally {
      Engine.setThreads(before);
      FREE.release(taken);
    }
  }

  /**
   * Runs the parts of a call side by side, which beats splitting every operator by a tenth.
   *
   * @param parts how many, at most one a core
   * @param threads of each part's operators
   * @param work makes a part, by its number; in a scope of its own
   * @return the parts in order, in the caller's scope
   */
  static List<Tensor> inParallel(int parts, int threads, IntFunction<Tensor> work) {
    List<Tensor> results = new ArrayList<>();
    sideBySide(
        parts,
        parts,
        threads,
        part -> Scope.keep(work.apply(part)),
        kept -> results.add(Scope.adopt(kept)));
    return results;
  }

  /**
   * Makes parts of a model side by side, one a core: packing a layer is over too soon for several
   * threads to share it.
   *
   * @param count how many
   * @param make makes one, by its number; in a scope of its own
   * @return them in order
   */
  static <T> List<T> build(int count, IntFunction<T> make) {
    List<T> made = new ArrayList<>();
    sideBySide(count, Math.min(Engine.threads(), COUNT), /* threads= */ 1, make, made::add);
    return made;
  }

  /**
   * Runs work on several cores, this thread's among them, each taking the next piece when it has
   * done one. Waits for all of it, for it reads what the caller may close; then throws what went
   * wrong, if anything did.
   *
   * @param count of the pieces
   * @param work does one, by its number; in a scope of its own
   * @param results takes, on this thread and in order, what came out of those that ended well
   */
  private static <T> void sideBySide(
      int count, int cores, int threads, IntFunction<T> work, Consumer<T> results) {
    int before = Engine.threads();
    List<FutureTask<T>> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int piece = i;
      tasks.add(new FutureTask<>(() -> scoped(threads, piece, work)));
    }
    AtomicInteger next = new AtomicInteger();
    Runnable core =
        () -> {
          for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
            tasks.get(i).run();
          }
        };
    for (int i = 1; i < Math.min(count, cores); i++) {
      WORKERS.execute(core);
    }
    core.run();
    Throwable failure = null;
    for (FutureTask<T> task : tasks) {
      try {
        results.accept(await(task));
      } catch (ExecutionException e) {
        failure = e.getCause();
      }
    }
    Engine.setThreads(before);
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw (RuntimeException) failure; // work throws nothing else
    }
  }

  private static <T> T scoped(int threads, int piece, IntFunction<T> work) {
    Engine.setThreads(threads);
    try (NoGrad noGrad = NoGrad.enter();
        Scope scope = Scope.open()) {
      return work.apply(piece);
    }
  }

  private static <T> T await(FutureTask<T> task) throws ExecutionException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true; // a part that is running cannot be stopped
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
