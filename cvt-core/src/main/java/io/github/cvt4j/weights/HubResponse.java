package io.github.cvt4j.weights;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * A server's answer; nothing in it is to be trusted. Closing drops what is left of the body; the
 * headers stay readable.
 *
 * @param fromHub whether the endpoint itself answered and not some other host
 */
record HubResponse(URI uri, boolean fromHub, int status, HttpHeaders headers, HubBody body)
    implements AutoCloseable {

  boolean isSuccess() {
    return status / 100 == 2;
  }

  boolean isRedirect() {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> true;
      default -> false;
    };
  }

  /** Whether asking again later may help. */
  boolean isBusy() {
    return status == 408 || status == 429 || status / 100 == 5;
  }

  Optional<String> header(String name) {
    return headers.firstValue(name).map(String::strip).filter(text -> !text.isEmpty());
  }

  /** A header that holds a length, or -1. */
  long length(String name) {
    return header(name).filter(text -> text.matches("\\d{1,18}")).map(Long::parseLong).orElse(-1L);
  }

  /** How long the server asks to be left alone, from seconds or from a date. */
  Optional<Duration> retryAfter() {
    try {
      return header("Retry-After")
          .map(
              text ->
                  text.matches("\\d{1,9}")
                      ? Duration.ofSeconds(Long.parseLong(text))
                      : Duration.between(
                          Instant.now(),
                          ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)))
          .map(wait -> wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    body.close();
  }
}
