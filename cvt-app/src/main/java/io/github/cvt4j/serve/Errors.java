package io.github.cvt4j.serve;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Problem documents for what the server itself refuses, such as a malformed header. */
final class Errors extends ErrorHandler {

  private final Metrics metrics;

  Errors(Metrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Throwable cause = (Throwable) request.getAttribute(ERROR_EXCEPTION);
    Object message = request.getAttribute(ERROR_MESSAGE);
    int status = response.getStatus();
    String detail = message == null ? HttpStatus.getMessage(status) : message.toString();
    Exchange exchange = new Exchange(request, response, callback, metrics);
    exchange.fail(status < 500 || cause == null ? Problem.of(status, detail) : cause);
    return true;
  }
}
