package io.github.cvt4j.data;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Turns a data set into batches, epoch after epoch. What a batch holds depends on the data set, the
 * transform, the mixing, the seed, the epoch and the batch's number, never on threads or timing.
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
   * @param repeats how often a picture comes in an epoch, each time with other draws, 1 to 100; an
   *     epoch is no longer for it, so that above 1 it leaves pictures out
   */
  public record Config(
      int batchSize, boolean shuffle, boolean dropLast, int workers, long seed, int repeats) {

    public Config {
      if (batchSize < 1 || batchSize > 65_536) {
        throw new SpecException("batch size " + batchSize + ": expected 1 to 65536");
      }
      if (workers < 0 || workers > 256) {
        throw new SpecException("loader workers " + workers + ": expected 0 to 256");
      }
      if (repeats < 1 || repeats > 100) {
        throw new SpecException("repeats " + repeats + " of a picture: expected 1 to 100");
      }
    }

    /** Every picture at most once. */
    public Config(int batchSize, boolean shuffle, boolean dropLast, int workers, long seed) {
      this(batchSize, shuffle, dropLast, workers, seed, 1);
    }

    /** For evaluation: every picture once, in order. */
    public static Config inOrder(int batchSize, int workers) {
      return new Config(batchSize, false, false, workers, 0);
    }

    /** For training: shuffled, all batches full. */
    public static Config shuffled(int batchSize, int workers, long seed) {
      return new Config(batchSize, true, true, workers, seed);
    }

    /** The same with another number of repeats (repeated augmentation, Hoffer et al. 2020). */
    public Config repeated(int times) {
      return new Config(batchSize, shuffle, dropLast, workers, seed, times);
    }
  }

  /**
   * More buffers than any sensible caller holds at a time: beyond, batches are not being closed.
   */
  private static final int MAX_BUFFERS = Epoch.AHEAD + 16;

  /** Of a batch's soft targets: 400 MB. */
  private static final int MAX_TARGETS = 100_000_000;

  /** Keeps the draws of a batch apart from those of its pictures, which have a copy's number. */
  private static final int OF_BATCH = -1;

  /** Cache lines, and what vector instructions like best. */
  private static final int ALIGNMENT = 64;

  private final Dataset dataset;
  private final Transform transform;
  private final Config config;
  private final Optional<Mixing> mixing;
  private final Queue<FloatBuffer> free = new ConcurrentLinkedQueue<>();
  private final AtomicInteger allocated = new AtomicInteger();

  /**
   * @throws DataException if there is not one batch in the data set
   * @throws SpecException if a batch would take 2 GB or more
   */
  public Loader(Dataset dataset, Transform transform, Config config) {
    this(dataset, transform, config, Optional.empty());
  }

  /**
   * A loader that also mixes the pictures of each batch, if there is a mixing.
   *
   * @throws DataException if there is not one batch in the data set, or the mixing is of another
   *     number of classes
   * @throws SpecException if a batch would take 2 GB or more
   */
  public Loader(Dataset dataset, Transform transform, Config config, Optional<Mixing> mixing) {
    this.dataset = dataset;
    this.transform = transform;
    this.config = config;
    this.mixing = mixing;
    mixing.ifPresent(this::checkClasses);
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

  private void checkClasses(Mixing mixed) {
    int classes = dataset.classes().size();
    if (mixed.classes() != classes) {
      throw new DataException(
          "mixing of %d classes, but the data has %d".formatted(mixed.classes(), classes));
    }
    if ((long) config.batchSize * classes > MAX_TARGETS) {
      throw new SpecException(
          "batch size %d with soft targets of %d classes: expected at most %d numbers"
              .formatted(config.batchSize, classes, MAX_TARGETS));
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
    int[] order =
        config.shuffle
            ? Seeds.permutation(dataset.size(), Seeds.random(config.seed, epoch))
            : IntStream.range(0, dataset.size()).toArray();
    if (config.repeats == 1) {
      return order;
    }
    return IntStream.range(0, order.length).map(at -> order[at / config.repeats]).toArray();
  }

  long label(int index) {
    return dataset.label(index);
  }

  /**
   * Loads one picture into its place in a batch.
   *
   * @param at the picture's position in the epoch's order
   */
  void load(int epoch, int at, int[] batchIndices, FloatBuffer batch) {
    int place = at % config.batchSize;
    int index = batchIndices[place];
    int copy = at % config.repeats;
    SplittableRandom random =
        copy == 0
            ? Seeds.random(config.seed, epoch, index)
            : Seeds.random(config.seed, epoch, index, copy);
    String name = dataset.name(index);
    try {
      boolean firstHalf = place < batchIndices.length / 2;
      transform.apply(dataset.image(index), random, batch, place * transform.floats(), firstHalf);
    } catch (InvalidInputException e) {
      throw e.getMessage().contains(name) ? e : new DataException(name + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw new IllegalStateException("could not load " + name, e);
    }
  }

  /** Mixes a batch that is full; null without mixing, otherwise its targets. */
  float[] mix(int epoch, int number, long[] labels, FloatBuffer batch) {
    return mixing
        .map(
            mixed ->
                mixed.apply(
                    batch,
                    labels,
                    transform.size(),
                    epoch,
                    Seeds.random(config.seed, epoch, number, OF_BATCH)))
        .orElse(null);
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
