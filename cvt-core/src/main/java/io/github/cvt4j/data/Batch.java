package io.github.cvt4j.data;

import java.nio.FloatBuffer;
import java.util.stream.IntStream;

/**
 * Some pictures, ready for the network. Owns a buffer of its {@link Loader} until it is closed:
 * whoever got the batch closes it, once nothing reads the buffer any more.
 */
public final class Batch implements AutoCloseable {

  private final int[] indices;
  private final long[] labels;
  private final float[] targets;
  private final FloatBuffer input;
  private final Runnable giveBack;
  private boolean closed;

  Batch(int[] indices, long[] labels, float[] targets, FloatBuffer input, Runnable giveBack) {
    this.indices = indices;
    this.labels = labels;
    this.targets = targets;
    this.input = input;
    this.giveBack = giveBack;
  }

  /**
   * Pictures that no loader made.
   *
   * @param labels their classes [B]
   * @param input [B, 3, H, W], as {@link #input} describes it
   */
  public static Batch of(long[] labels, FloatBuffer input) {
    return new Batch(IntStream.range(0, labels.length).toArray(), labels, null, input, () -> {});
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

  /** Classes [B] of the pictures as they were before mixing; the array is the batch's own. */
  public long[] labels() {
    return labels;
  }

  /**
   * What a loader with a {@link Mixing} wants the network to say: [B, K] probabilities, row-major,
   * already smoothed; null from a loader without. The array is the batch's own.
   */
  public float[] targets() {
    return targets;
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
