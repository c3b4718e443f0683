package io.github.cvt4j.weights;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries again after passing faults, which are those that show as an {@link IOException}. */
record HubRetry(int retries, Duration firstWait) {

  private static final Logger LOG = LoggerFactory.getLogger(HubRetry.class);

  /** Longest pause; a server that asks for more gets no further request. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  @FunctionalInterface
  interface Attempt<T> {
    T run() throws IOException, InterruptedException;
  }

  /** The server is overloaded or out of order. */
  static final class BusyException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient Optional<Duration> retryAfter;

    BusyException(String message, Optional<Duration> retryAfter) {
      super(message);
      this.retryAfter = retryAfter;
    }
  }

  /**
   * Runs until it succeeds.
   *
   * @param passing whether a fault may pass
   * @throws IOException the last fault, once the retries are used up
   */
  <T> T run(Attempt<T> attempt, Predicate<IOException> passing)
      throws IOException, InterruptedException {
    Duration wait = firstWait;
    for (int retry = 0; ; retry++) {
      try {
        return attempt.run();
      } catch (IOException e) {
        Duration pause = e instanceof BusyException busy ? busy.retryAfter.orElse(wait) : wait;
        if (retry == retries || !passing.test(e) || pause.compareTo(LONGEST_WAIT) > 0) {
          throw e;
        }
        LOG.info("{}; trying again in {} ms", e.getMessage(), pause.toMillis());
        Thread.sleep(pause.toMillis());
        Duration doubled = wait.multipliedBy(2);
        wait = doubled.compareTo(LONGEST_WAIT) < 0 ? doubled : LONGEST_WAIT;
      }
    }
  }
}
