package io.github.cvt4j.weights;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A checkpoint file open for reading; every complaint about it starts with its path. */
final class InputFile implements Closeable {

  private final Path path;
  private final FileChannel channel;
  private final long size;

  private InputFile(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
  }

  /**
   * @throws CheckpointException if the path is missing, empty, unreadable or no regular file
   */
  static InputFile open(Path path) {
    if (Files.notExists(path)) {
      throw new CheckpointException(path + ": no such file");
    }
    if (Files.isDirectory(path)) {
      throw new CheckpointException(path + ": is a folder, expected a checkpoint file");
    }
    // A pipe or a device would block or never end.
    if (!Files.isRegularFile(path)) {
      throw new CheckpointException(path + ": is not a regular file");
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      long size = channel.size();
      if (size == 0) {
        channel.close();
        throw new CheckpointException(path + ": is empty, expected a checkpoint");
      }
      return new InputFile(path, channel, size);
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be read: " + e, e);
    }
  }

  long size() {
    return size;
  }

  Path path() {
    return path;
  }

  /** That many bytes from there, in the Java heap; the range must lie inside the file. */
  ByteBuffer read(long offset, int length) {
    check(offset, length);
    ByteBuffer buffer = ByteBuffer.allocate(length);
    try {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, offset + buffer.position()) < 0) {
          throw error("became shorter while it was read");
        }
      }
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be read: " + e, e);
    }
    return buffer.flip();
  }

  /** The range as a read-only mapping, which outlives the channel; at most 2 GiB. */
  MappedByteBuffer map(long offset, long length) {
    check(offset, length);
    try {
      return channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be mapped: " + e, e);
    }
  }

  /** An exception whose message starts with the path. */
  CheckpointException error(String message) {
    return new CheckpointException(path + ": " + message);
  }

  /** An exception whose message starts with the path. */
  CheckpointException error(String message, Throwable cause) {
    return new CheckpointException(path + ": " + message, cause);
  }

  private void check(long offset, long length) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw error("is cut off: %d bytes at %d, but it has %d".formatted(length, offset, size));
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be closed: " + e, e);
    }
  }
}
