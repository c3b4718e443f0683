package io.github.cvt4j.weights;

import java.io.IOException;
import java.util.Optional;

/** Something that {@link Hub} can fetch; its text is what messages call it. */
interface HubSource {

  /**
   * Asks the server, and downloads what is not in the cache.
   *
   * @throws IOException if the server cannot be asked
   * @throws CheckpointException if it refuses or a transfer fails
   */
  HubSnapshot fetch() throws IOException, InterruptedException;

  /** What the cache alone has. */
  Optional<HubSnapshot> cached();

  /** Says what the cache lacks. */
  String absence();
}
