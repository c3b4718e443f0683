package io.github.cvt4j.weights;

import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Ranges of a file as views of few mappings, however many ranges there are: the system allows only
 * some ten thousand mappings, and a file may name more storages than that.
 */
final class MappedSlices {

  private static final long WINDOW = 1L << 30;

  private final InputFile file;
  private final Map<Long, MappedByteBuffer> windows = new HashMap<>();

  MappedSlices(InputFile file) {
    this.file = file;
  }

  /**
   * @throws CheckpointException if the range does not lie inside the file or takes 2 GiB or more
   */
  ByteBuffer slice(long offset, long length) {
    if (offset < 0 || length < 0 || offset > file.size() - length) {
      throw new CheckpointException(
          "cut off: %d bytes at %d, but the file has %d".formatted(length, offset, file.size()));
    }
    if (length > Integer.MAX_VALUE) {
      throw new CheckpointException("one piece of " + length + " bytes, more than 2 GiB");
    }
    long window = offset / WINDOW;
    long start = window * WINDOW;
    if (offset + length - start > WINDOW) {
      return file.map(offset, length);
    }
    return windows
        .computeIfAbsent(window, index -> file.map(start, Math.min(WINDOW, file.size() - start)))
        .slice((int) (offset - start), (int) length);
  }
}
