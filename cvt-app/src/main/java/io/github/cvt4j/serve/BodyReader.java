package io.github.cvt4j.serve;

import io.github.cvt4j.serve.ServeConfig.Limits;
import io.github.cvt4j.serve.ServeConfig.Timeouts;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Reads one body into memory as it arrives. No thread waits for it, so that slow clients cost
 * little; the array grows with what has come, never by what was announced, and all bodies share a
 * memory.
 */
final class BodyReader implements Runnable {

  /** Bytes a second that a body must keep up, once it has had some time. */
  static final long SLOWEST = 8 << 10;

  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final int FIRST = 16 << 10;

  private final Request request;
  private final Limits limits;
  private final Timeouts timeouts;
  private final MemoryBudget memory;
  private final CompletableFuture<Body> result = new CompletableFuture<>();
  private final long began = System.nanoTime();

  private byte[] bytes = new byte[0];
  private int length;

  BodyReader(Request request, Limits limits, Timeouts timeouts, MemoryBudget memory) {
    this.request = request;
    this.limits = limits;
    this.timeouts = timeouts;
    this.memory = memory;
  }

  /** Begins; what comes of it is told as {@link Bodies#read} says. */
  CompletableFuture<Body> read() {
    if (request.getLength() > limits.body()) {
      throw tooLarge(limits);
    }
    run();
    return result;
  }

  /** Takes what is there; is called again when there is more. */
  @Override
  public void run() {
    try {
      while (true) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          request.demand(this);
          return;
        }
        if (Content.Chunk.isFailure(chunk)) {
          throw failure(chunk.getFailure());
        }
        try {
          append(chunk);
        } finally {
          chunk.release();
        }
        if (chunk.isLast()) {
          byte[] exact = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
          result.complete(new Body(exact, memory, bytes.length));
          return;
        }
        requirePace();
      }
    } catch (Throwable e) { // whatever it is, the memory is given back and the client hears of it
      memory.giveBack(bytes.length);
      bytes = new byte[0];
      result.completeExceptionally(e);
    }
  }

  private static Throwable failure(Throwable thrown) {
    return thrown instanceof TimeoutException ? tooSlow("nothing came for too long") : thrown;
  }

  private void append(Content.Chunk chunk) {
    int more = chunk.remaining();
    if (length + (long) more > limits.body()) {
      throw tooLarge(limits);
    }
    if (length + more > bytes.length) {
      grow(length + more);
    }
    chunk.getByteBuffer().get(bytes, length, more);
    length += more;
  }

  private void grow(int needed) {
    long announced = request.getLength() < 0 ? limits.body() : request.getLength();
    long doubled = Math.max(FIRST, 2L * bytes.length);
    int size = (int) Math.max(needed, Math.min(announced, doubled));
    int more = size - bytes.length;
    if (!memory.take(more)) {
      throw Problem.passing(503, "too many bodies are in memory at the moment", 1);
    }
    try {
      bytes = Arrays.copyOf(bytes, size);
    } catch (OutOfMemoryError e) {
      memory.giveBack(more);
      throw e;
    }
  }

  private void requirePace() {
    long elapsed = System.nanoTime() - began;
    if (elapsed > timeouts.body().toNanos()) {
      throw tooSlow("not complete after " + timeouts.body().toSeconds() + " s");
    }
    if (elapsed > GRACE.toNanos() && length < SLOWEST * (elapsed / 1e9)) {
      throw tooSlow("less than %d bytes a second".formatted(SLOWEST));
    }
  }

  private static Problem tooLarge(Limits limits) {
    return Problem.of(413, "the body is larger than the %d bytes taken".formatted(limits.body()));
  }

  private static Problem tooSlow(String why) {
    return Problem.of(408, "the body came too slowly: " + why);
  }
}
