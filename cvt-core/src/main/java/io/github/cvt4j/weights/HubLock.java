package io.github.cvt4j.weights;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a second thread or process from downloading the same file at the same time. Python's
 * huggingface_hub uses the same file, but on POSIX systems another kind of lock (flock), which does
 * not exclude this one; the digests catch what that may spoil.
 */
final class HubLock implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HubLock.class);
  private static final Duration POLL = Duration.ofMillis(50);

  /**
   * Files locked by this process. File locks do not tell threads apart, and on POSIX systems
   * closing any channel on a file drops the whole process's lock on it, so threads must be kept
   * apart before the file is opened.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private HubLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Waits for the lock.
   *
   * @throws CheckpointException if somebody else holds it for longer than {@code wait}, or if the
   *     file cannot be made
   */
  static HubLock acquire(Path lockFile, Duration wait) throws InterruptedException {
    Path file = lockFile.toAbsolutePath().normalize();
    long start = System.nanoTime();
    for (boolean told = false; ; told = true) {
      HubLock lock = tryAcquire(file);
      if (lock != null) {
        return lock;
      }
      if (System.nanoTime() - start >= wait.toNanos()) {
        throw new CheckpointException(
            "another download has held %s for over %d ms; wait for it to end, then try again"
                .formatted(file, wait.toMillis()));
      }
      if (!told) {
        LOG.info("waiting for another download of the same file ({})", file);
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  private static HubLock tryAcquire(Path file) {
    if (!HELD.add(file)) {
      return null;
    }
    HubLock lock = null;
    try {
      Files.createDirectories(file.getParent());
      lock = lockFile(file);
      return lock;
    } catch (IOException e) {
      throw HubCache.cannotWrite(file, e);
    } finally {
      if (lock == null) {
        HELD.remove(file);
      }
    }
  }

  private static HubLock lockFile(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = channel.tryLock();
      return lock == null ? null : new HubLock(file, channel);
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
  }

  /** Lets the next one in. The file stays: removing it would race with whoever waits for it. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("closing {}", file, e);
    } finally {
      HELD.remove(file);
    }
  }
}
