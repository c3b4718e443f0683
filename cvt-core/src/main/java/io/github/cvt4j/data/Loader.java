package io.github.cvt4j.data;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Turns a data set into batches, epoch after epoch. What a batch holds depends on the data set, the
 * transform, the seed, the epoch and the batch's number, never on threads or timing.
 *
 * <p>The batches' buffers are direct memory that lives as long as the loader is reachable, and are
 * used again from batch to batch and epoch to epoch: {@value Epoch#AHEAD} of look-ahead and those
 * that the caller holds, each of batch size * 3 * H * W floats.
 */
public final class Loader {

  /**
   * How to make batches.
   *
   * @param batchSize pictures per batch, 1 to 65536
   * @param shuffle a new order in each epoch, instead of the data set's
   * @param dropLast leave out a last batch that would not be full
   * @param workers threads that decode and augment, 0 to 256; 0 for the caller's
   * @param seed fixes the order and every draw of the augmentation
   */
  public record Config(int batchSize, boolean shuffle, boolean dropLast, int workers, long seed) {

    public Config {
      if (batchSize < 1 || batchSize > 65_536) {
        throw new SpecException("batch size " + batchSize + ": expected 1 to 65536");
      }
      if (workers < 0 || workers > 256) {
        throw new SpecException("loader workers " + workers + ": expected 0 to 256");
      }
    }

    /** For evaluation: every picture once, in order. */
    public static Config inOrder(int batchSize, int workers) {
      return new Config(batchSize, false, false, workers, 0);
    }

    /** For training: shuffled, all batches full. */
    public static Config shuffled(int batchSize, int workers, long seed) {
      return new Config(batchSize, true, true, workers, seed);
    }
  }

  /**
   * More buffers than any sensible caller holds at a time: beyond, batches are not being closed.
   */
  private static final int MAX_BUFFERS = Epoch.AHEAD + 16;

  /** Cache lines, and what vector instructions like best. */
  private static final int ALIGNMENT = 64;

  private final Dataset dataset;
  private final Transform transform;
  private final Config config;
  private final Queue<FloatBuffer> free = new ConcurrentLinkedQueue<>();
  private final AtomicInteger allocated = new AtomicInteger();

  /**
   * @throws DataException if there is not one batch in the data set
   * @throws SpecException if a batch would take 2 GB or more
   */
  public Loader(Dataset dataset, Transform transform, Config config) {
    this.dataset = dataset;
    this.transform = transform;
    this.config = config;
    if (batches() == 0) {
      throw new DataException(
          "%d pictures do not fill one batch of %d; expected more pictures or a smaller batch size"
              .formatted(dataset.size(), config.batchSize));
    }
    if (bufferBytes() + 2 * ALIGNMENT > Integer.MAX_VALUE) {
      throw new SpecException(
          "batch size %d with pictures of %s: %d MB per batch, expected less than 2048"
              .formatted(config.batchSize, transform.size(), bufferBytes() >> 20));
    }
  }

  /** Batches in an epoch. */
  public int batches() {
    int size = dataset.size();
    int partial = config.dropLast || size % config.batchSize == 0 ? 0 : 1;
    return size / config.batchSize + partial;
  }

  /** Height and width of the batches' pictures. */
  public Size size() {
    return transform.size();
  }

  /** All batches of an epoch; close it when done. */
  public Epoch epoch(int number) {
    return epoch(number, 0);
  }

  /**
   * The batches of an epoch from a given one on, for going on where a run stopped; they are the
   * same as without stopping.
   *
   * @param number of the epoch, which the order and the draws depend on
   * @param firstBatch 0 to {@link #batches()}
   */
  public Epoch epoch(int number, int firstBatch) {
    if (firstBatch < 0 || firstBatch > batches()) {
      throw new IllegalArgumentException(
          "first batch " + firstBatch + " of an epoch of " + batches());
    }
    return new Epoch(this, number, firstBatch);
  }

  Config config() {
    return config;
  }

  /** The pictures of an epoch in order, those of a dropped last batch included. */
  int[] order(int epoch) {
    return config.shuffle
        ? Seeds.permutation(dataset.size(), Seeds.random(config.seed, epoch))
        : IntStream.range(0, dataset.size()).toArray();
  }

  long label(int index) {
    return dataset.label(index);
  }

  /** Loads one picture into its place in a batch. */
  void load(int epoch, int index, FloatBuffer batch, int place) {
    SplittableRandom random = Seeds.random(config.seed, epoch, index);
    String name = dataset.name(index);
    try {
      transform.apply(dataset.image(index), random, batch, place * transform.floats());
    } catch (InvalidInputException e) {
      throw e.getMessage().contains(name) ? e : new DataException(name + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw new IllegalStateException("could not load " + name, e);
    }
  }

  /** A free buffer for a batch of that many pictures. */
  FloatBuffer take(int pictures) {
    FloatBuffer buffer = free.poll();
    if (buffer == null) {
      if (allocated.incrementAndGet() > MAX_BUFFERS) {
        allocated.decrementAndGet();
        throw new IllegalStateException(
            MAX_BUFFERS - Epoch.AHEAD + " batches are open; close each after its use");
      }
      buffer =
          ByteBuffer.allocateDirect(
                  (int) bufferBytes() + 2 * ALIGNMENT) // both ends are rounded inwards
              .alignedSlice(ALIGNMENT)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
    }
    return buffer.clear().limit(pictures * transform.floats());
  }

  void giveBack(FloatBuffer buffer) {
    free.add(buffer);
  }

  private long bufferBytes() {
    return (long) config.batchSize * transform.floats() * Float.BYTES;
  }
}
