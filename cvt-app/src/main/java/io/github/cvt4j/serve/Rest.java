package io.github.cvt4j.serve;

import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

/**
 * Takes in what is left of a body that was refused, once the answer has been written. A connection
 * that is closed over unread bytes is reset, and the client, which is still sending, might never
 * see the answer. No thread waits, and nothing is kept.
 */
final class Rest implements Callback, Runnable {

  /** Who sends for longer has had time to see that it was refused. */
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private final Request request;
  private final Callback then;
  private final long began = System.nanoTime();

  Rest(Request request, Callback then) {
    this.request = request;
    this.then = then;
  }

  @Override
  public void succeeded() {
    // Who asked first whether to send its body was told not to.
    if (request.getHeaders().contains(HttpHeader.EXPECT)) {
      then.succeeded();
    } else {
      run();
    }
  }

  @Override
  public void failed(Throwable thrown) {
    then.failed(thrown);
  }

  /** Takes what is there; is called again when there is more. */
  @Override
  public void run() {
    while (System.nanoTime() - began < LONGEST.toNanos()) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(this);
        return;
      }
      chunk.release();
      if (chunk.isLast() || Content.Chunk.isFailure(chunk)) {
        break;
      }
    }
    then.succeeded();
  }
}
