package io.github.cvt4j.serve;

import java.util.concurrent.CompletableFuture;

/**
 * One picture on its way through a model. Whoever waits for it may complete {@link #result} early
 * with a failure: the picture is then dropped at its next step, unless it is being computed.
 */
class Job {

  /** Values of one picture, and where its time went. */
  @SuppressWarnings("ArrayRecordComponent") // a value made of one array, only read
  record Computed(
      float[] values, long decodeNanos, long queueNanos, long computeNanos, int batch) {}

  final Output output;
  final CompletableFuture<Computed> result = new CompletableFuture<>();

  /** The picture's file; dropped once it has been decoded. */
  private volatile byte[] encoded;

  /** The network's input, [3, H, W]. */
  private float[] input;

  private long decodeNanos;
  private long submitted;
  private volatile boolean started;

  /** Whether it takes a place of the batcher's queue; guarded by the batcher's lock. */
  private boolean placed = true;

  Job(Output output, byte[] encoded) {
    this.output = output;
    this.encoded = encoded;
  }

  /** The file; null if nobody waits for it any more. */
  byte[] encoded() {
    return encoded;
  }

  /** Lets go of the file. */
  void forget() {
    encoded = null;
  }

  boolean isOver() {
    return result.isDone();
  }

  /** Whether it got as far as being computed. */
  boolean isStarted() {
    return started;
  }

  void decoded(float[] pixels, long nanos) {
    input = pixels;
    decodeNanos = nanos;
    encoded = null;
  }

  void submittedAt(long nanoTime) {
    submitted = nanoTime;
  }

  long submittedAt() {
    return submitted;
  }

  /** Whether it had a place until now. */
  boolean leave() {
    boolean had = placed;
    placed = false;
    return had;
  }

  float[] start() {
    started = true;
    return input;
  }

  void finish(float[] values, long began, long computeNanos, int batch) {
    input = null;
    result.complete(new Computed(values, decodeNanos, began - submitted, computeNanos, batch));
  }
}
