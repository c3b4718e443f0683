package io.github.cvt4j.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The files below {@code /web} on the class path, {@code index.html} for {@code /}. Nothing of the
 * page may come from elsewhere, which browsers are told to see to. Thread-safe.
 */
final class Pages {

  private static final String ROOT = "/web";

  /** Far above the page's own; matching takes a frame of the stack for each part of a path. */
  private static final int LONGEST_PATH = 200;

  private static final Pattern FILE = Pattern.compile("(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "json", "application/json",
          "txt", "text/plain; charset=utf-8",
          "svg", "image/svg+xml",
          "png", "image/png",
          "jpg", "image/jpeg",
          "webp", "image/webp",
          "ico", "image/x-icon");

  private static final Map<String, String> HEADERS =
      Map.of(
          "Cache-Control",
          "no-cache",
          "Content-Security-Policy",
          "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none';"
              + " form-action 'none'; frame-ancestors 'none'",
          "Referrer-Policy",
          "no-referrer");

  /**
   * @throws Problem 404 if there is no such file, 405 if anything but reading is asked for
   */
  void answer(Exchange exchange) {
    String path = exchange.path().equals("/") ? "/index.html" : exchange.path();
    String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
    byte[] file = type != null && isFile(path) ? read(ROOT + path) : null;
    if (file == null) {
      throw Problem.of(404, "there is nothing at this address; /openapi.json says what there is");
    }
    exchange.routed("page");
    if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
      throw Router.notAllowed(exchange, "GET, HEAD");
    }
    exchange.answer(200, type, file, HEADERS);
  }

  private static boolean isFile(String path) {
    return path.length() <= LONGEST_PATH && FILE.matcher(path).matches();
  }

  /** Null if there is none. */
  static byte[] read(String resource) {
    try (InputStream in = Pages.class.getResourceAsStream(resource)) {
      return in == null ? null : in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
