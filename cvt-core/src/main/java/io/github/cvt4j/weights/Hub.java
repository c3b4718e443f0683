package io.github.cvt4j.weights;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Downloads models, each file once: {@code hf:owner/name[@revision]} from a Hugging Face hub into
 * the cache that Python's huggingface_hub uses too, and {@code https://...} files beside it.
 *
 * <p>Transfers resume where they were cut off, lengths are bounded and checked, and files of the
 * hub are checked against their digest. A branch is asked for its newest commit each time, by a
 * request without a body; if nobody can be reached, the newest commit in the cache serves and a
 * warning is logged. A commit that is wholly in the cache takes no request at all.
 *
 * <p>Safe for several threads, and beside other processes. Interrupting the thread ends a download;
 * the interrupt flag stays set. Protocol and layout: huggingface_hub's file_download.py.
 */
public final class Hub {

  private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

  private final HubConfig config;
  private final HubHttp http;
  private final HubStore store;

  /** A hub whose progress nobody watches. */
  public Hub(HubConfig config) {
    this(config, HubProgress.NONE);
  }

  /**
   * @param progress hears of every file that is transferred, on the thread that fetches it
   */
  public Hub(HubConfig config, HubProgress progress) {
    this.config = config;
    this.http = new HubHttp(config);
    this.store = new HubStore(config, http, progress);
  }

  /** Whether a source is for {@link #fetch} rather than a local file. */
  public static boolean isRemote(String source) {
    return source.startsWith(HubId.SCHEME)
        || source.toLowerCase(Locale.ROOT).matches("https?://(?s:.*)");
  }

  /**
   * The files of a model, downloaded if they are not in the cache.
   *
   * @param text {@code hf:owner/name[@revision]} or the URL of a weights file; plain http only on
   *     this machine unless {@link HubConfig.Limits#plainHttp} allows it
   * @throws CheckpointException if the source is malformed, absent or forbidden, if the transfer
   *     fails for good or its content is wrong, if the cache cannot be written, or if the thread is
   *     interrupted
   */
  public HubSnapshot fetch(String text) {
    HubSource source =
        text.startsWith(HubId.SCHEME)
            ? new HubRepository(HubId.parse(text), config, http, store)
            : HubUrl.parse(text, config, http, store);
    if (config.offline()) {
      return source
          .cached()
          .orElseThrow(
              () -> new CheckpointException("offline: " + source.absence() + "; go online once"));
    }
    try {
      return source.fetch();
    } catch (IOException e) {
      return withoutServer(source, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckpointException(
          "the download of %s was interrupted; try again to resume".formatted(source), e);
    }
  }

  private static HubSnapshot withoutServer(HubSource source, IOException e) {
    Optional<HubSnapshot> cached = source.cached();
    if (cached.isEmpty()) {
      throw new CheckpointException(
          "cannot download %s: %s, and %s".formatted(source, e.getMessage(), source.absence()), e);
    }
    LOG.warn(
        "{}: {}; using commit {} from the cache", source, e.getMessage(), cached.get().commit());
    return cached.get();
  }
}
