package io.github.cvt4j.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Asks a running {@code ./cvt serve} as fast as it answers, from a process of its own, and checks
 * the answers meanwhile: each picture's logits must be those that it got when it was asked for
 * alone.
 *
 * <pre>{@code
 * java -cp ... io.github.cvt4j.bench.ServeLoad http://127.0.0.1:8080 photos/ \
 *     clients=1,32 requests=2000 warmup=100 tolerance=1e-4
 * }</pre>
 *
 * <p>Prints one line of JSON for each number of clients. Each client has a thread and a connection
 * that is kept, and asks again when it has its answer.
 */
public final class ServeLoad {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_PICTURES = 64;
  private static final Map<String, String> USUAL =
      Map.of("clients", "1,8,32", "requests", "1000", "warmup", "100", "tolerance", "1e-4");

  private final URI server;
  private final List<byte[]> requests = new ArrayList<>();
  private final List<float[]> expected = new ArrayList<>();
  private final double tolerance;

  private ServeLoad(URI server, Path pictures, double tolerance) throws IOException {
    this.server = server;
    this.tolerance = tolerance;
    for (Path picture : files(pictures)) {
      requests.add(request(Files.readAllBytes(picture)));
    }
    try (Connection alone = new Connection()) {
      for (byte[] request : requests) {
        Answer answer = alone.ask(request);
        if (answer.status != 200) {
          throw new IOException("status " + answer.status + ": " + answer.text());
        }
        expected.add(logits(answer));
      }
    }
  }

  /**
   * Measures.
   *
   * @param args an address, a picture or a folder of them, and what is to be changed of the
   *     settings
   * @throws Exception if the server cannot be reached, or a client breaks
   */
  public static void main(String[] args) throws Exception {
    if (args.length < 2) {
      throw new IllegalArgumentException("expected ADDRESS PICTURES [KEY=VALUE...] " + USUAL);
    }
    Map<String, String> settings = Settings.of(USUAL, Arrays.asList(args).subList(2, args.length));
    ServeLoad load =
        new ServeLoad(
            URI.create(args[0]), Path.of(args[1]), Double.parseDouble(settings.get("tolerance")));
    for (String clients : settings.get("clients").split(",", -1)) {
      load.run(Integer.parseInt(clients), Integer.parseInt(settings.get("warmup")));
      Map<String, Object> line =
          load.run(Integer.parseInt(clients), Integer.parseInt(settings.get("requests")));
      System.out.println(JSON.writeValueAsString(line));
    }
  }

  private static List<Path> files(Path pictures) throws IOException {
    if (Files.isRegularFile(pictures)) {
      return List.of(pictures);
    }
    try (Stream<Path> walk = Files.walk(pictures)) {
      return walk.filter(file -> file.toString().matches("(?i).*\\.(jpe?g|png)"))
          .sorted()
          .limit(MOST_PICTURES)
          .toList();
    }
  }

  private byte[] request(byte[] picture) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        "POST /v1/predict?top=5&logits=true HTTP/1.1\r\nHost: %s\r\nContent-Type: image/*\r\nContent-Length: %d\r\n\r\n"
            .formatted(server.getAuthority(), picture.length)
            .getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(picture);
    return out.toByteArray();
  }

  private static float[] logits(Answer answer) throws IOException {
    JsonNode array = JSON.readTree(answer.body).at("/results/0/logits");
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).floatValue();
    }
    return values;
  }

  /** What one client saw. */
  private static final class Seen {
    final List<Long> nanos = new ArrayList<>();
    final Map<Integer, Integer> statuses = new TreeMap<>();
    double difference;
    int wrong;
    int broken;
    long batches;
  }

  private Map<String, Object> run(int clients, int count) throws Exception {
    AtomicInteger next = new AtomicInteger();
    List<Seen> seen = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    double residentBefore = metric("process_resident_memory_bytes");
    double objectsBefore = metric("cvt_native_objects");
    long began = System.nanoTime();
    for (int i = 0; i < clients; i++) {
      Seen own = new Seen();
      seen.add(own);
      Thread thread = new Thread(() -> ask(next, count, own), "client-" + i);
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    long[] sorted =
        seen.stream()
            .flatMap(one -> one.nanos.stream())
            .mapToLong(Long::longValue)
            .sorted()
            .toArray();
    Map<Integer, Integer> statuses = new TreeMap<>();
    seen.forEach(
        one -> one.statuses.forEach((status, n) -> statuses.merge(status, n, Integer::sum)));
    int answered = statuses.getOrDefault(200, 0);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("clients", clients);
    line.put("requests", count);
    line.put("seconds", seconds);
    line.put("requests_per_second", answered / seconds);
    line.put("p50_ms", quantile(sorted, 0.5));
    line.put("p99_ms", quantile(sorted, 0.99));
    line.put("mean_batch", seen.stream().mapToLong(one -> one.batches).sum() / (double) answered);
    line.put("statuses", statuses);
    line.put("broken", seen.stream().mapToInt(one -> one.broken).sum());
    line.put("wrong", seen.stream().mapToInt(one -> one.wrong).sum());
    line.put(
        "largest_difference", seen.stream().mapToDouble(one -> one.difference).max().orElse(0));
    line.put("resident_growth_bytes", metric("process_resident_memory_bytes") - residentBefore);
    line.put("native_objects_growth", metric("cvt_native_objects") - objectsBefore);
    return line;
  }

  private static double quantile(long[] sorted, double share) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.min(sorted.length - 1, share * sorted.length)] / 1e6;
  }

  private void ask(AtomicInteger next, int count, Seen seen) {
    Connection connection = null;
    try {
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        try {
          if (connection == null) {
            connection = new Connection();
          }
          long began = System.nanoTime();
          Answer answer = connection.ask(requests.get(i % requests.size()));
          seen.nanos.add(System.nanoTime() - began);
          seen.statuses.merge(answer.status, 1, Integer::sum);
          if (answer.status == 200) {
            check(answer, expected.get(i % requests.size()), seen);
          }
        } catch (IOException e) {
          seen.broken++;
          connection = closed(connection);
        }
      }
    } finally {
      closed(connection);
    }
  }

  private static Connection closed(Connection connection) {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (IOException e) {
      // it is of no more use, one way or the other
    }
    return null;
  }

  private void check(Answer answer, float[] wanted, Seen seen) throws IOException {
    seen.batches += JSON.readTree(answer.body).path("batch").asInt();
    float[] got = logits(answer);
    double largest = got.length == wanted.length ? 0 : Double.POSITIVE_INFINITY;
    double scale = 1;
    for (int k = 0; k < Math.min(got.length, wanted.length); k++) {
      largest = Math.max(largest, Math.abs(got[k] - wanted[k]));
      scale = Math.max(scale, Math.abs(wanted[k]));
    }
    seen.difference = Math.max(seen.difference, largest / scale);
    if (!(largest <= tolerance * scale)) {
      seen.wrong++;
    }
  }

  private double metric(String name) throws IOException {
    try (Connection connection = new Connection()) {
      String request = "GET /metrics HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(server.getAuthority());
      return connection
          .ask(request.getBytes(StandardCharsets.US_ASCII))
          .text()
          .lines()
          .filter(line -> line.startsWith(name + " "))
          .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
          .findFirst()
          .orElse(Double.NaN);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // only read
  private record Answer(int status, byte[] body) {

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /**
   * HTTP/1.1 as far as this server speaks it, at little cost: client and server share the cores.
   */
  private final class Connection implements AutoCloseable {

    private final Socket socket = new Socket(server.getHost(), server.getPort());
    private final InputStream in = new BufferedInputStream(socket.getInputStream());

    Connection() throws IOException {
      socket.setTcpNoDelay(true);
    }

    Answer ask(byte[] request) throws IOException {
      socket.getOutputStream().write(request);
      int status = Integer.parseInt(line().substring(9, 12));
      int length = -1;
      for (String header = line(); !header.isEmpty(); header = line()) {
        if (header.regionMatches(true, 0, "Content-Length:", 0, 15)) {
          length = Integer.parseInt(header.substring(15).strip());
        }
      }
      byte[] body = in.readNBytes(Math.max(0, length));
      if (length < 0 || body.length < length) {
        throw new IOException("the answer ends too early");
      }
      return new Answer(status, body);
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int b = in.read(); b != '\n'; b = in.read()) {
        if (b < 0) {
          throw new IOException("the server hung up");
        } else if (b != '\r') {
          line.append((char) b);
        }
      }
      return line.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
