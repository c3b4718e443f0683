package io.github.cvt4j.data;

import java.nio.FloatBuffer;

/**
 * Some pictures, ready for the network. Owns a buffer of its {@link Loader} until it is closed:
 * whoever got the batch closes it, once nothing reads the buffer any more.
 */
public final class Batch implements AutoCloseable {

  private final int[] indices;
  private final long[] labels;
  private final FloatBuffer input;
  private final Runnable giveBack;
  private boolean closed;

  Batch(int[] indices, long[] labels, FloatBuffer input, Runnable giveBack) {
    this.indices = indices;
    this.labels = labels;
    this.input = input;
    this.giveBack = giveBack;
  }

  /** Number of pictures B; the last batch of an epoch may have fewer than the others. */
  public int size() {
    return indices.length;
  }

  /**
   * [B, 3, H, W] floats: direct, in native order, from position 0 to the limit.
   *
   * @throws IllegalStateException if the batch is closed, since another may fill the memory
   */
  public FloatBuffer input() {
    if (closed) {
      throw new IllegalStateException("this batch is closed");
    }
    return input;
  }

  /** Classes [B]; the array is the batch's own. */
  public long[] labels() {
    return labels;
  }

  /** Where the pictures are in the data set [B]. */
  public int[] indices() {
    return indices;
  }

  /** Gives the buffer back; once is enough. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      giveBack.run();
    }
  }
}
