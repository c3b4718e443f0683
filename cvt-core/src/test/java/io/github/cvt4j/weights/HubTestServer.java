package io.github.cvt4j.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An HTTP server on loopback that can misbehave in every way: it writes to the socket whatever a
 * test says. One request per connection.
 */
final class HubTestServer implements AutoCloseable {

  /** Header names are in lower case. */
  record Request(String method, String path, Map<String, String> headers) {

    boolean isHead() {
      return method.equals("HEAD");
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  /** Answers one request on the raw stream. */
  @FunctionalInterface
  interface Handler {
    void handle(Request request, OutputStream out) throws IOException, InterruptedException;
  }

  /** Answers the n-th request, counted from 1. */
  @FunctionalInterface
  interface Numbered {
    void handle(int n, Request request, OutputStream out) throws IOException, InterruptedException;
  }

  private final ServerSocket socket;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Handler> routes = new LinkedHashMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  HubTestServer() {
    try {
      socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.execute(this::accept);
  }

  String address() {
    return "http://127.0.0.1:" + socket.getLocalPort();
  }

  synchronized HubTestServer on(String path, Handler handler) {
    routes.put(path, handler);
    return this;
  }

  /** Everything that was asked, in order. */
  List<Request> requests() {
    return requests;
  }

  List<Request> gets() {
    return requests.stream().filter(request -> !request.isHead()).toList();
  }

  static void reply(OutputStream out, int status, Map<String, String> headers, byte[] body)
      throws IOException {
    head(out, status, headers);
    out.write(body);
  }

  static void head(OutputStream out, int status, Map<String, String> headers) throws IOException {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Test\r\nConnection: close\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    out.write(head.append("\r\n").toString().getBytes(ISO_8859_1));
  }

  /** A well-behaved file: HEAD, GET, and ranges. */
  static Handler file(byte[] content, String... headers) {
    return (request, out) -> {
      String range = request.headers().get("range");
      int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
      Map<String, String> all = headers(headers);
      if (from >= content.length && from > 0) {
        all.put("Content-Length", "0");
        head(out, 416, all);
        return;
      }
      all.put("Content-Length", "" + (content.length - from));
      if (from > 0) {
        all.put(
            "Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
      }
      head(out, from > 0 ? 206 : 200, all);
      if (!request.isHead()) {
        out.write(content, from, content.length - from);
      }
    };
  }

  /** A status without a body. */
  static Handler status(int status, String... headers) {
    return (request, out) -> {
      Map<String, String> all = headers(headers);
      all.put("Content-Length", "0");
      head(out, status, all);
    };
  }

  static Map<String, String> headers(String... namesAndValues) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        threads.execute(() -> serve(connection));
      } catch (SocketException e) {
        return; // closed
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void serve(Socket connection) {
    try (connection;
        BufferedReader in =
            new BufferedReader(new InputStreamReader(connection.getInputStream(), ISO_8859_1));
        OutputStream out = connection.getOutputStream()) {
      String[] line = String.valueOf(in.readLine()).split(" ", -1);
      if (line.length < 2) {
        return;
      }
      Map<String, String> headers = new TreeMap<>();
      for (String h = in.readLine(); h != null && !h.isEmpty(); h = in.readLine()) {
        int colon = h.indexOf(':');
        headers.put(h.substring(0, colon).toLowerCase(Locale.ROOT), h.substring(colon + 1).strip());
      }
      Request request = new Request(line[0], line[1], headers);
      requests.add(request);
      route(request.path()).handle(request, out);
      out.flush();
    } catch (IOException e) {
      // The client has hung up, as some tests want it to.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Handler route(String path) {
    return routes.getOrDefault(path, status(404, "X-Error-Code", "EntryNotFound"));
  }

  @Override
  public void close() throws IOException {
    socket.close();
    threads.shutdownNow();
  }
}
