package io.github.cvt4j.serve;

import java.util.concurrent.atomic.AtomicBoolean;

/** What a client sent, and the memory that was counted for it, which closing gives back. */
final class Body implements AutoCloseable {

  private final byte[] bytes;
  private final MemoryBudget memory;
  private final long counted;
  private final AtomicBoolean closed = new AtomicBoolean();

  Body(byte[] bytes, MemoryBudget memory, long counted) {
    this.bytes = bytes;
    this.memory = memory;
    this.counted = counted;
  }

  byte[] bytes() {
    return bytes;
  }

  /** May be called again, and from any thread. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      memory.giveBack(counted);
    }
  }
}
