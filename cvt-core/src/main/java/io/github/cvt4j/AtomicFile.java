package io.github.cvt4j;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file beside its place and moves it there in one step: nobody ever sees half of it, and
 * what stood there stays if writing fails. Stateless; safe to use from several threads.
 */
public final class AtomicFile {

  private AtomicFile() {}

  /** What the file is to hold. */
  @FunctionalInterface
  public interface Content {

    /** Writes all of it; the channel is closed by the caller. */
    void writeTo(FileChannel out) throws IOException;
  }

  /**
   * Writes a file, or replaces it. It is on the disk, not merely in the system's cache, when this
   * returns.
   *
   * @throws IOException whose message says why in words, without the file's name
   */
  public static void write(Path file, Content content) throws IOException {
    Path target = file.toAbsolutePath();
    Path temporary =
        target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel out =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(out);
        out.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      throw new IOException(reason(e, target), e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  private static String reason(FileSystemException e, Path target) {
    if (e instanceof NoSuchFileException) {
      return "there is no folder " + target.getParent();
    } else if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    return e.getReason() == null ? e.toString() : e.getReason();
  }

  private static void deleteQuietly(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // What failed before it is what the caller needs to hear.
    }
  }
}
