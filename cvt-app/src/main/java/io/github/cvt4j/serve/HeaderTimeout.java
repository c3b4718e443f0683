package io.github.cvt4j.serve;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes connections on which a request's header arrives by drops. The server's own idle timeout
 * ends silent clients only, and a pace is asked of bodies only. Thread-safe.
 */
final class HeaderTimeout implements Connection.Listener {

  private static final Logger LOG = LoggerFactory.getLogger(HeaderTimeout.class);

  private final long patience;
  private final Map<Connection, Watch> watches = new ConcurrentHashMap<>();

  /** What is known of a connection between requests. */
  private static final class Watch {

    private boolean answering;
    private long bytesBefore;

    /** When the first byte of a header was seen; meaningless unless {@link #begun}. */
    private long since;

    private boolean begun;

    private synchronized void answering(boolean now, long bytes) {
      answering = now;
      bytesBefore = bytes;
      begun = false;
    }

    private synchronized boolean isLate(long bytes, long now, long patience) {
      if (answering || bytes <= bytesBefore) {
        return false;
      }
      if (!begun) {
        begun = true;
        since = now;
      }
      return now - since > patience;
    }
  }

  HeaderTimeout(Duration patience) {
    this.patience = patience.toNanos();
  }

  @Override
  public void onOpened(Connection connection) {
    watches.put(connection, new Watch());
  }

  @Override
  public void onClosed(Connection connection) {
    watches.remove(connection);
  }

  /** A request's header is complete. */
  void complete(Connection connection) {
    mark(connection, true);
  }

  /** The request has been answered; the next bytes begin another. */
  void answered(Connection connection) {
    mark(connection, false);
  }

  private void mark(Connection connection, boolean answering) {
    Watch watch = watches.get(connection);
    if (watch != null) {
      watch.answering(answering, connection.getBytesIn());
    }
  }

  /**
   * Looks at all connections; to be called a few times within the patience. A connection that fails
   * does not keep it from the others, nor from the next time.
   */
  void sweep() {
    long now = System.nanoTime();
    watches.forEach(
        (connection, watch) -> {
          try {
            if (watch.isLate(connection.getBytesIn(), now, patience)) {
              connection.getEndPoint().close();
            }
          } catch (RuntimeException e) {
            LOG.warn("a connection was not looked at", e);
          }
        });
  }
}
