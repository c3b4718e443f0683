package io.github.cvt4j.weights;

import java.nio.file.Path;
import java.util.Optional;

/** Gets described files into the cache, each once however many ask. */
record HubStore(HubConfig config, HubHttp http, HubProgress progress) {

  /**
   * The file under its name in a commit; transferred only if the cache does not have its content.
   */
  Path obtain(HubCache cache, String commit, HubFile file) throws InterruptedException {
    Optional<Path> here = here(cache, commit, file);
    return here.isPresent() ? here.get() : obtainAlone(cache, commit, file);
  }

  @SuppressWarnings("try") // the lock is held, not used
  private Path obtainAlone(HubCache cache, String commit, HubFile file)
      throws InterruptedException {
    Path blob = cache.blob(file.blob());
    try (HubLock lock = HubLock.acquire(cache.lock(file.blob()), config.patience().lock())) {
      // Whoever held the lock before may have fetched it.
      Optional<Path> here = here(cache, commit, file);
      if (here.isPresent()) {
        return here.get();
      }
      if (!file.fits(blob)) {
        new Download(http, file, blob, progress).run();
      }
      return cache.link(commit, file.name(), file.blob());
    }
  }

  private static Optional<Path> here(HubCache cache, String commit, HubFile file) {
    return cache.find(commit, file.name()).filter(file::fits);
  }
}
