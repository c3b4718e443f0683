package io.github.cvt4j.weights;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * One remote file as the hub or its server described it.
 *
 * @param uri where it is
 * @param name its name without folders, a legal file name
 * @param what the file for messages
 * @param blob the name of its content in the cache
 * @param size bytes, or -1 if the server does not say
 * @param checksum kind of the digest that {@code blob} is, if it is one
 * @param resumable headers under which a partial download may be continued; empty if it may not
 * @param limit most bytes that are accepted
 */
record HubFile(
    URI uri,
    String name,
    String what,
    String blob,
    long size,
    Optional<HubChecksum> checksum,
    Optional<Map<String, String>> resumable,
    long limit) {

  HubFile {
    if (size > limit) {
      throw tooLarge(what, size, limit);
    }
  }

  /** Whether a local file may be this one, as far as its size tells. */
  boolean fits(Path file) {
    try {
      return Files.isRegularFile(file) && (size < 0 || Files.size(file) == size);
    } catch (IOException e) {
      return false;
    }
  }

  static CheckpointException tooLarge(String what, long size, long limit) {
    return new CheckpointException(
        "%s has %d bytes or more, but the limit is %d; raise the limit if the file is right"
            .formatted(what, size, limit));
  }
}
