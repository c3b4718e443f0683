package io.github.cvt4j.app;

import io.github.cvt4j.image.RgbImage;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;

/**
 * Pictures in the order of their files, decoded one ahead on another thread: the first while the
 * model is still being built, every other while the one before it is computed. At most two are
 * decoded at a time. For one thread.
 */
final class ReadAhead {

  private final Iterator<Path> files;
  private final Function<Path, RgbImage> decode;
  private FutureTask<RgbImage> next;

  /**
   * @param files at least one
   * @param decode throws what is wrong with a file
   */
  ReadAhead(List<Path> files, Function<Path, RgbImage> decode) {
    this.files = files.iterator();
    this.decode = decode;
    begin();
  }

  private void begin() {
    Path file = files.next();
    next = new FutureTask<>(() -> decode.apply(file));
    Thread thread = new Thread(next, "cvt4j-decode");
    thread.setDaemon(true);
    thread.start();
  }

  /** The next picture; there must be one. Throws what decoding it threw. */
  RgbImage next() {
    FutureTask<RgbImage> picture = next;
    try {
      return picture.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause(); // decoding throws nothing else
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a picture was decoded", e);
    } finally {
      if (files.hasNext()) {
        begin();
      }
    }
  }
}
