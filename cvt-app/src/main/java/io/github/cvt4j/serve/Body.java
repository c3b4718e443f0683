package io.github.cvt4j.serve;

import java.util.concurrent.atomic.AtomicBoolean;

/** What a client sent, and the memory that was counted for it, which closing gives back. */
final class Body implements AutoCloseable {

  private byte[] bytes;
  private final MemoryBudget memory;
  private final long counted;
  private final AtomicBoolean closed = new AtomicBoolean();

  Body(byte[] bytes, MemoryBudget memory, long counted) {
    this.bytes = bytes;
    this.memory = memory;
    this.counted = counted;
  }

  /**
   * What was sent, from now on the caller's alone: of what is made of it, both need not be kept.
   *
   * @throws IllegalStateException if it was asked for before
   */
  synchronized byte[] bytes() {
    if (bytes == null) {
      throw new IllegalStateException("a body is handed over once");
    }
    byte[] taken = bytes;
    bytes = null;
    return taken;
  }

  /** May be called again, and from any thread. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      memory.giveBack(counted);
    }
  }
}
