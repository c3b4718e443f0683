package io.github.cvt4j.serve;

import io.github.cvt4j.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One request and its answer, which is given once: who comes later is ignored, so that an answer
 * and a timeout may race. Thread-safe.
 */
final class Exchange {

  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  /** What a client may call its request; all else could forge lines of the log. */
  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

  private static final String REQUEST_ID_HEADER = "X-Request-Id";
  private static final int LONGEST_LOGGED = 200;

  private static final String ID_PREFIX = Long.toHexString(System.currentTimeMillis());
  private static final AtomicLong NUMBER = new AtomicLong();

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final Metrics metrics;
  private final String id;
  private final AtomicBoolean answered = new AtomicBoolean();
  private volatile String route = "none";
  private final Map<String, Object> details = new ConcurrentSkipListMap<>();

  Exchange(Request request, Response response, Callback callback, Metrics metrics) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.metrics = metrics;
    String given = request.getHeaders().get(REQUEST_ID_HEADER);
    id =
        given != null && REQUEST_ID.matcher(given).matches()
            ? given
            : ID_PREFIX + "-" + NUMBER.incrementAndGet();
  }

  Request request() {
    return request;
  }

  String method() {
    return request.getMethod();
  }

  /** Decoded and without {@code .} and {@code ..}. */
  String path() {
    return Request.getPathInContext(request);
  }

  /** The route's pattern, under which the request is counted. */
  void routed(String pattern) {
    route = pattern;
  }

  /** For the log, beside what all requests have. */
  void detail(String key, Object value) {
    details.put(key, value);
  }

  long nanos() {
    return System.nanoTime() - request.getBeginNanoTime();
  }

  /** Whatever happens while it is written, the client gets an answer. */
  void json(int status, Object value) {
    byte[] body;
    try {
      body = Json.bytes(value);
    } catch (RuntimeException | Error e) {
      fail(e); // memory may run out
      return;
    }
    answer(status, "application/json", body, Map.of());
  }

  /** 204. */
  void done() {
    answer(204, null, new byte[0], Map.of());
  }

  /**
   * Answers with what went wrong. A client that has gone gets nothing.
   *
   * @param thrown a {@link Problem}, or something that is turned into one
   */
  void fail(Throwable thrown) {
    Throwable root = thrown;
    while ((root instanceof CompletionException || root instanceof ExecutionException)
        && root.getCause() != null) {
      root = root.getCause();
    }
    if (root instanceof IOException) {
      abort(root);
      return;
    }
    Problem problem = problem(root);
    detail("problem", cut(problem.getMessage()));
    answer(
        problem.status(),
        "application/problem+json",
        Json.bytes(problem.document(id)),
        problem.headers());
  }

  private Problem problem(Throwable thrown) {
    if (thrown instanceof Problem known) {
      return known;
    } else if (thrown instanceof InvalidInputException) {
      return Problem.of(422, thrown.getMessage());
    } else if (thrown instanceof HttpException http) {
      return Problem.of(http.getCode(), http.getReason() == null ? "malformed" : http.getReason());
    } else if (thrown instanceof OutOfMemoryError) {
      LOG.error("request {}: {}", id, thrown.toString());
      return Problem.passing(503, "there is not enough memory at the moment", 1);
    }
    LOG.error("request {} failed: {}", id, thrown.toString(), thrown);
    return Problem.of(500, "a fault of the service's own; its log has more under the request's id");
  }

  void answer(int status, String type, byte[] body, Map<String, String> headers) {
    if (!answered.compareAndSet(false, true)) {
      return;
    }
    try {
      write(status, type, body, headers);
    } catch (RuntimeException | Error e) {
      callback.failed(e); // or the client would wait for ever
      throw e;
    }
  }

  private void write(int status, String type, byte[] body, Map<String, String> headers) {
    response.setStatus(status);
    response.getHeaders().put(REQUEST_ID_HEADER, id);
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    headers.forEach(response.getHeaders()::put);
    if (type != null) {
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    }
    over(status);
    response.write(true, ByteBuffer.wrap(body), new Rest(request, callback));
  }

  private void abort(Throwable why) {
    if (answered.compareAndSet(false, true)) {
      detail("problem", cut("the client left: " + why.getMessage()));
      over(0);
      callback.failed(why);
    }
  }

  private void over(int status) {
    long nanos = nanos();
    metrics.answered(route, method(), status, nanos);
    LoggingEventBuilder line =
        (status >= 500 ? LOG.atWarn() : LOG.atInfo())
            .addKeyValue("id", id)
            .addKeyValue("client", Request.getRemoteAddr(request))
            .addKeyValue("method", cut(method()))
            .addKeyValue("path", cut(path()))
            .addKeyValue("status", status)
            .addKeyValue("ms", nanos / 1_000_000);
    for (Map.Entry<String, Object> detail : details.entrySet()) {
      line = line.addKeyValue(detail.getKey(), detail.getValue());
    }
    line.log("request");
  }

  /** Clients choose these words. */
  private static String cut(String text) {
    String printable = String.valueOf(text).replaceAll("[\\p{Cc}\\p{Cf}\"]", "?");
    return printable.length() <= LONGEST_LOGGED
        ? printable
        : printable.substring(0, LONGEST_LOGGED) + "...";
  }
}
