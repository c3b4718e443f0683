package io.github.cvt4j.serve;

import java.time.Duration;

/** Counts who is in, and lets nobody in any more once it is closed. Thread-safe. */
final class Gate {

  private int inside;
  private boolean closed;

  /** Whether the caller is in; who is must {@link #leave}. */
  synchronized boolean enter() {
    if (!closed) {
      inside++;
    }
    return !closed;
  }

  synchronized void leave() {
    inside--;
    notifyAll();
  }

  synchronized void close() {
    closed = true;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** How many are in. */
  synchronized int inside() {
    return inside;
  }

  /**
   * Waits until everybody has left.
   *
   * @return how many have not when the patience is at an end
   */
  synchronized int awaitEmpty(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    for (long left = patience.toMillis(); inside > 0 && left > 0; ) {
      wait(left);
      left = (end - System.nanoTime()) / 1_000_000;
    }
    return inside;
  }
}
