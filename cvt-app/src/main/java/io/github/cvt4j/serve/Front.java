package io.github.cvt4j.serve;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Where requests come in: lets them through the gate, which closes when the service ends, and makes
 * sure that each gets an answer. What {@link Sites} refuses is refused whatever it asks for, but
 * {@code /health/} answers under any name of the host: load balancers use their own.
 */
final class Front extends Handler.Abstract {

  private final Router router;
  private final Gate gate;
  private final Sites sites;
  private final HeaderTimeout headers;
  private final Metrics metrics;

  Front(Router router, Gate gate, Sites sites, HeaderTimeout headers, Metrics metrics) {
    this.router = router;
    this.gate = gate;
    this.sites = sites;
    this.headers = headers;
    this.metrics = metrics;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    headers.complete(request.getConnectionMetaData().getConnection());
    // Computing takes as long as it takes; it has a timeout of its own.
    request.addIdleTimeoutListener(timeout -> false);
    Exchange exchange = new Exchange(request, response, callback, metrics);
    boolean in = gate.enter();
    Request.addCompletionListener(
        request,
        failure -> {
          headers.answered(request.getConnectionMetaData().getConnection());
          if (in) {
            gate.leave();
          }
        });
    try {
      boolean health = exchange.path().startsWith("/health/");
      sites.check(request, health);
      if (!in && !health) {
        throw Problem.passing(503, "the service is ending", 1);
      }
      router.answer(exchange);
    } catch (Throwable e) { // every request gets an answer, whatever happened
      exchange.fail(e);
    }
    return true;
  }
}
