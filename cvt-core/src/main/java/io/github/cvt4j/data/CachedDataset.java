package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Keeps decoded pictures of another data set in memory, as they are first asked for, until a bound
 * is reached; the rest is decoded each time. CIFAR's 60,000 pictures take about 190 MB.
 */
public final class CachedDataset implements Dataset {

  /** Java's own share of a small picture: the record, its array's header, the reference to it. */
  private static final int OVERHEAD = 56;

  private final Dataset source;
  private final AtomicReferenceArray<RgbImage> images;
  private final AtomicLong bytesLeft;

  /**
   * @param source whose pictures to keep
   * @param maxBytes of memory for pixels
   */
  public CachedDataset(Dataset source, long maxBytes) {
    this.source = source;
    this.images = new AtomicReferenceArray<>(source.size());
    this.bytesLeft = new AtomicLong(maxBytes);
  }

  @Override
  public RgbImage image(int index) {
    RgbImage image = images.get(index);
    if (image == null) {
      image = source.image(index);
      keep(index, image);
    }
    return image;
  }

  private void keep(int index, RgbImage image) {
    long bytes = (long) OVERHEAD + image.pixels().length;
    if (bytesLeft.addAndGet(-bytes) < 0 || !images.compareAndSet(index, null, image)) {
      bytesLeft.addAndGet(bytes);
    }
  }

  @Override
  public int size() {
    return source.size();
  }

  @Override
  public List<String> classes() {
    return source.classes();
  }

  @Override
  public int label(int index) {
    return source.label(index);
  }

  @Override
  public String name(int index) {
    return source.name(index);
  }
}
