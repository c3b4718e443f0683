package io.github.cvt4j.app;

import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.Pointer;

/** Looks at the process's resident memory while something runs. */
final class PeakMemory {

  private static final int EVERY_MILLISECONDS = 2;

  private PeakMemory() {}

  /**
   * Runs it.
   *
   * @return bytes by which resident memory was larger at its peak than before
   */
  static long during(Runnable work) {
    Pointer.trimMemory(); // what was freed but kept for later would hide what is needed
    long before = Pointer.physicalBytes();
    AtomicLong peak = new AtomicLong(before);
    Thread watcher = new Thread(() -> watch(peak), "cvt-memory");
    watcher.setDaemon(true);
    watcher.start();
    try {
      work.run();
    } finally {
      watcher.interrupt();
    }
    return peak.accumulateAndGet(Pointer.physicalBytes(), Math::max) - before;
  }

  private static void watch(AtomicLong peak) {
    try {
      while (true) {
        peak.accumulateAndGet(Pointer.physicalBytes(), Math::max);
        Thread.sleep(EVERY_MILLISECONDS);
      }
    } catch (InterruptedException e) {
      // The work is done.
    }
  }
}
