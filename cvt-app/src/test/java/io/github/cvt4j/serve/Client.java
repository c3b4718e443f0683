package io.github.cvt4j.serve;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Asks a server as a well-behaved program does. */
record Client(URI server) {

  /** Far beyond what anything here takes. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  Answer get(String path, String... headers) {
    return send(request(path, headers).GET());
  }

  Answer delete(String path, String... headers) {
    return send(request(path, headers).DELETE());
  }

  Answer post(String path, String type, byte[] body, String... headers) {
    return send(posting(path, type, body, headers));
  }

  CompletableFuture<Answer> postLater(String path, String type, byte[] body) {
    return HTTP.sendAsync(posting(path, type, body).build(), BodyHandlers.ofByteArray())
        .thenApply(Answer::of);
  }

  Answer send(HttpRequest.Builder request) {
    try {
      return Answer.of(HTTP.send(request.build(), BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server + path)).timeout(PATIENCE);
    return headers.length == 0 ? request : request.headers(headers);
  }

  private HttpRequest.Builder posting(String path, String type, byte[] body, String... headers) {
    HttpRequest.Builder request = request(path, headers).POST(BodyPublishers.ofByteArray(body));
    return type == null ? request : request.header("Content-Type", type);
  }

  /** Pictures as the service takes them in JSON. */
  static byte[] json(List<byte[]> pictures) {
    return pictures.stream()
        .map(Base64.getEncoder()::encodeToString)
        .collect(Collectors.joining("\",\"", "{\"images\":[\"", "\"]}"))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Pictures as a form with the boundary {@code xyz}. */
  static byte[] form(String field, List<byte[]> pictures) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] picture : pictures) {
      out.writeBytes(
          String.join(
                  "\r\n",
                  "--xyz",
                  "Content-Disposition: form-data; name=\"" + field + "\"; filename=\"a.png\"",
                  "Content-Type: image/png",
                  "",
                  "")
              .getBytes(StandardCharsets.UTF_8));
      out.writeBytes(picture);
      out.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
    }
    out.writeBytes("--xyz--\r\n".getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  /** Copies of one thing. */
  static <T> List<T> times(int count, T thing) {
    return Stream.generate(() -> thing).limit(count).toList();
  }
}
