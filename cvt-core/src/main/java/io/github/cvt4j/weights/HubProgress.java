package io.github.cvt4j.weights;

/** Hears how far a download is. Called on the downloading thread, often; must be quick. */
@FunctionalInterface
public interface HubProgress {

  /** Hears nothing. */
  HubProgress NONE = (file, done, total) -> {};

  /**
   * Hears of one file's state.
   *
   * @param file name of the file without folders
   * @param done bytes that are on disk, those of an earlier attempt included
   * @param total bytes in all, or -1 if the server does not say
   */
  void progress(String file, long done, long total);
}
