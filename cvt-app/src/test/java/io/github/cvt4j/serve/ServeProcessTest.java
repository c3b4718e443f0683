package io.github.cvt4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command in a process of its own, which may be told to end, and may crash. */
@Timeout(600)
class ServeProcessTest {

  private static final byte[] PICTURE = TestServer.picture("jpg_rgb_500x375.jpg");

  /** Bytes; 5,000 were seen, for much still settles after so short a warm-up. */
  private static final double GROWTH_OF_A_REQUEST = 20 << 10;

  /** What the JVM ends with when it is told to by SIGTERM. */
  private static final int TERMINATED = 128 + 15;

  @TempDir private Path folder;

  /** A server that listens. */
  private record Running(Process process, Client client, Path log) implements AutoCloseable {

    String end() throws InterruptedException, IOException {
      process.destroy(); // SIGTERM
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).as("ended").isTrue();
      return Files.readString(log);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  private ProcessBuilder command(Path log, Map<String, String> environment, String... options) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.github.cvt4j.app.Main",
                "serve",
                "--json",
                "--offline",
                "--threads=1"));
    words.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(words).redirectError(log.toFile());
    builder.environment().putAll(environment);
    return builder;
  }

  private Running start(Map<String, String> environment, String... options) throws IOException {
    Path log = folder.resolve("log");
    Process process = command(log, environment, options).start();
    BufferedReader out = process.inputReader();
    String line = out.readLine();
    assertThat(line).as("standard output; standard error: %s", Files.readString(log)).isNotNull();
    JsonNode started = new ObjectMapper().readTree(line);
    return new Running(process, new Client(URI.create(started.path("url").asText())), log);
  }

  @Test
  void sigtermUnderLoadAnswersWhatWasAccepted() throws Exception {
    byte[] many = Client.json(Client.times(32, PICTURE));
    try (Running serving =
        start(
            Map.of(),
            "--model=cvt-tiny-32",
            "--random-weights",
            "--port=0",
            "--queue=256",
            "--decoders=1",
            "--max-pixels=1000000",
            "--timeout=300",
            "--drain-timeout=300")) {
      List<CompletableFuture<Answer>> asked =
          IntStream.range(0, 8)
              .mapToObj(i -> serving.client.postLater("/v1/predict", "application/json", many))
              .toList();
      int most = 0;
      while (most < 256) { // all of them are in
        String metrics = serving.client.get("/metrics").text();
        int decoded = (int) value(metrics, "cvt_decode_seconds_count");
        most = decoded + (int) value(metrics, "cvt_accepted_images");
      }
      CompletableFuture<String> end = CompletableFuture.supplyAsync(() -> ended(serving));
      for (CompletableFuture<Answer> answer : asked) {
        assertThat(answer.join().ok().path("results")).hasSize(32);
      }
      String log = end.join();
      assertThat(serving.process.exitValue()).as("exit code; %s", log).isEqualTo(TERMINATED);
      assertThat(log.lines().filter(line -> line.contains("\"pictures\":\"32\"")))
          .hasSize(8)
          .allMatch(line -> line.contains("\"status\":\"200\""));
      assertThat(log).doesNotContain("Exception");
    }
  }

  private static String ended(Running serving) {
    try {
      return serving.end();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /**
   * The whole Java heap is there from the start, so that what grows is native. A warm server stays
   * within a few MB however many requests come; one that forgets a tensor or a picture of each does
   * not.
   */
  @Test
  void nativeMemoryStaysFlat() throws Exception {
    try (Running serving =
        start(
            Map.of("JDK_JAVA_OPTIONS", "-Xms512m -XX:+AlwaysPreTouch", "MALLOC_ARENA_MAX", "4"),
            "--model=cvt-tiny-32",
            "--random-weights",
            "--port=0",
            "--max-pixels=1000000")) {
      predict(serving.client, 800);
      String before = serving.client.get("/metrics").text();
      predict(serving.client, 1200);
      String after = serving.client.get("/metrics").text();
      assertThat(value(after, "cvt_native_objects")).isEqualTo(value(before, "cvt_native_objects"));
      double resident = value(before, "process_resident_memory_bytes");
      assertThat(resident).isPositive();
      double growth = value(after, "process_resident_memory_bytes") - resident;
      assertThat(growth)
          .as("growth of resident memory over 1200 requests, from %.0f", resident)
          .isLessThan(1200 * GROWTH_OF_A_REQUEST);
    }
  }

  private static void predict(Client client, int times) {
    List<byte[]> pictures =
        List.of(
            PICTURE,
            TestServer.picture("jpg_gray_97x61.jpg"),
            TestServer.picture("rgb_333x500.png"),
            TestServer.picture("jpg_444_224x224.jpg"));
    for (int i = 0; i < times; i += 8) { // at the same time, as many clients do
      List<CompletableFuture<Answer>> asked =
          IntStream.range(i, i + 8)
              .mapToObj(k -> pictures.get(k % pictures.size()))
              .map(picture -> client.postLater("/v1/predict", "image/*", picture))
              .toList();
      asked.forEach(answer -> answer.join().ok());
    }
  }

  @Test
  void weightsMayBeCutOffAndReplacedUnderTheServer() throws Exception {
    Path weights = folder.resolve("weights.safetensors");
    Files.copy(TestServer.golden("tiny/a_default.weights.safetensors"), weights);
    try (Running serving =
        start(
            Map.of(),
            "--weights=" + weights,
            "--model=" + TestServer.golden("tiny/a_default.yaml"),
            "--port=0")) {
      JsonNode before = logits(serving.client);
      Files.write(weights, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
      assertThat(logits(serving.client)).isEqualTo(before);
      Files.write(weights, new byte[100_000]);
      assertThat(logits(serving.client)).isEqualTo(before);
      Files.delete(weights);
      assertThat(logits(serving.client)).isEqualTo(before);
      serving.end();
      assertThat(serving.process.exitValue()).isEqualTo(TERMINATED);
    }
  }

  private static JsonNode logits(Client client) {
    return client.post("/v1/predict?logits=true", null, PICTURE).ok().at("/results/0/logits");
  }

  /** In a heap of 512 MB, of which a picture may take half. */
  @Test
  void bombsAreRefusedOrFit() throws Exception {
    try (Running serving = start(Map.of(), "--model=cvt-tiny-32", "--random-weights", "--port=0")) {
      byte[] whole = PngBomb.black(4800, 4800);
      byte[] larger = PngBomb.black(8000, 8000);
      assertThat(whole.length).as("bytes that become 69 million").isLessThan(100_000);
      List<CompletableFuture<Answer>> large = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        large.add(serving.client.postLater("/v1/predict", "image/png", whole));
        large.add(serving.client.postLater("/v1/explain", "image/png", whole));
      }
      for (int i = 0; i < 20; i++) {
        assertThat(serving.client.post("/v1/predict", "image/png", larger).problem(422))
            .contains("8000 x 8000 pixels");
      }
      for (String chunk : List.of("zTXt", "iTXt", "iCCP")) {
        serving
            .client
            .post("/v1/predict", "image/png", PngBomb.blanks(chunk, 600 << 20))
            .ok(); // more than the heap, if it were read
      }
      for (CompletableFuture<Answer> answer : large) {
        assertThat(answer.join().status()).isEqualTo(200);
      }
      serving.client.post("/v1/predict", null, PICTURE).ok();
      assertThat(serving.end()).doesNotContain("OutOfMemory");
    }
  }

  @Test
  void tokensComeFromTheEnvironmentOrAFileAndStayOutOfTheLog() throws Exception {
    Path file = folder.resolve("admin-token");
    Files.writeString(file, "an-admin-token-in-a-file\n");
    try (Running serving =
        start(
            Map.of("CVT_TOKEN", "a-token-from-the-environment"),
            "--model=cvt-tiny-32",
            "--random-weights",
            "--port=0",
            "--admin-token-file=" + file)) {
      serving.client.get("/v1/models").problem(401);
      serving.client.get("/v1/models", "Authorization", "Bearer a-token-from-the-environment").ok();
      assertThat(
              serving
                  .client
                  .delete(
                      "/v1/models/cvt-tiny-32", "Authorization", "Bearer an-admin-token-in-a-file")
                  .status())
          .isEqualTo(204);
      assertThat(serving.end()).doesNotContain("a-token-from").doesNotContain("an-admin-token-in");
    }
  }

  @Test
  void anEmptyTokenDoesNotOpenTheService() throws Exception {
    Path log = folder.resolve("log");
    Process process =
        command(log, Map.of("CVT_TOKEN", ""), "--model=cvt-tiny-32", "--random-weights", "--port=0")
            .start();
    assertThat(process.waitFor(300, TimeUnit.SECONDS)).as("ended").isTrue();
    assertThat(process.exitValue()).isEqualTo(2);
    assertThat(Files.readString(log)).contains("cvt: a token of 0 characters");
  }

  @Test
  void aPortThatIsTakenIsToldInALine() throws Exception {
    try (TestServer here = TestServer.start()) {
      Path log = folder.resolve("log");
      Process process =
          command(
                  log,
                  Map.of(),
                  "--model=cvt-tiny-32",
                  "--random-weights",
                  "--port=" + here.server.uri().getPort())
              .start();
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).as("ended").isTrue();
      assertThat(process.exitValue()).isEqualTo(2);
      assertThat(Files.readString(log).lines().filter(line -> line.startsWith("cvt: ")))
          .endsWith(
              "cvt: cannot listen at 127.0.0.1, port %d: Address already in use"
                  .formatted(here.server.uri().getPort()));
    }
  }
}
