package io.github.cvt4j.serve;

import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;

/**
 * An answer that is not what was asked for, as RFC 9457 writes it. Thrown to end a request; what
 * else is thrown is a fault of ours and becomes a 500.
 */
final class Problem extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final transient Map<String, String> headers;

  private Problem(int status, String detail, Map<String, String> headers) {
    super(detail, null, false, false); // told to the client, never traced
    this.status = status;
    this.headers = headers;
  }

  /**
   * A problem.
   *
   * @param detail one line: what was wrong, where, what was expected
   */
  static Problem of(int status, String detail) {
    return new Problem(status, detail, Map.of());
  }

  /** One that another header belongs to. */
  static Problem of(int status, String detail, String header, String value) {
    return new Problem(status, detail, Map.of(header, value));
  }

  /** One that passes by itself. */
  static Problem passing(int status, String detail, long retryAfterSeconds) {
    return of(status, detail, "Retry-After", Long.toString(retryAfterSeconds));
  }

  int status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }

  /** As it is sent; {@code about:blank} makes the title the status's own. */
  record Document(String type, String title, int status, String detail, String requestId) {}

  Document document(String requestId) {
    return new Document(
        "about:blank", HttpStatus.getMessage(status), status, getMessage(), requestId);
  }
}
