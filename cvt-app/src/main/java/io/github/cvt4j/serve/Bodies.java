package io.github.cvt4j.serve;

import io.github.cvt4j.serve.ServeConfig.Limits;
import io.github.cvt4j.serve.ServeConfig.Timeouts;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/** Reads what clients send, all of it together in a bounded part of the heap. Thread-safe. */
final class Bodies {

  private final Limits limits;
  private final Timeouts timeouts;
  private final MemoryBudget memory;

  /**
   * @param memory bytes for all bodies together
   */
  Bodies(Limits limits, Timeouts timeouts, MemoryBudget memory) {
    this.limits = limits;
    this.timeouts = timeouts;
    this.memory = memory;
  }

  Limits limits() {
    return limits;
  }

  /**
   * The whole body, which the caller closes.
   *
   * @return fails with a {@link Problem} if it is too large (413), too slow (408) or there is no
   *     memory for it (503); otherwise with what broke the connection
   * @throws Problem 413 or 415 if the header tells already
   */
  CompletableFuture<Body> read(Request request) {
    String encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw Problem.of(415, "a body encoded as '%s'; expected it plain".formatted(encoding));
    }
    return new BodyReader(request, limits, timeouts, memory).read();
  }
}
