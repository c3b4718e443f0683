package io.github.cvt4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.serve.ServeConfig.Batching;
import io.github.cvt4j.serve.ServeConfig.Limits;
import io.github.cvt4j.serve.ServeConfig.Timeouts;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What clients do wrong, by mistake or not: nothing breaks, and all that was taken is given back.
 */
@Timeout(600)
class FaultsTest {

  /** {@code -Dcvt.serve.fuzz=10000} sends more than the default. */
  private static final int FUZZED = Integer.getInteger("cvt.serve.fuzz", 1000);

  private static final List<String> PATHS =
      List.of(
          "/v1/predict",
          "/v1/features",
          "/v1/explain?method=attention",
          "/v1/explain?method=rollout",
          "/v1/explain?method=gradcam",
          "/v1/explain?method=components");

  private static final byte[] PICTURE = TestServer.picture("rgb_20x30.png");
  private static final Duration LONG = Duration.ofMinutes(2);

  private TestServer tiny;
  private long memory;

  private void start(ServeConfig config) {
    tiny = TestServer.start(config);
    memory = tiny.server.memory().left();
  }

  private void start() {
    start(TestServer.CONFIG);
  }

  private static ServeConfig with(Timeouts timeouts) {
    return TestServer.CONFIG.with(timeouts);
  }

  private static ServeConfig with(Limits limits) {
    return TestServer.CONFIG.with(limits);
  }

  /** The server still works, and nothing is left of what was done to it. */
  @AfterEach
  void isWellAfterwards() throws InterruptedException {
    try (TestServer ending = tiny) {
      ending.client.post("/v1/predict", null, PICTURE).ok();
      for (ServedModel model : ending.server.models().list()) {
        while (model.batcher().admitted() > 0) {
          Thread.sleep(1);
        }
      }
      while (ending.server.memory().left() != memory) { // the test's timeout ends this
        Thread.sleep(1);
      }
    }
  }

  @Test
  void fuzzedBodiesGetTheRightStatus() {
    start();
    List<byte[]> seeds =
        List.of(
            PICTURE,
            TestServer.picture("jpg_gray_97x61.jpg"),
            TestServer.picture("l_97x61.png"),
            Client.json(List.of(PICTURE)),
            Client.form("image", List.of(PICTURE, PICTURE)));
    List<String> types =
        List.of(
            "image/png",
            "image/jpeg",
            "application/octet-stream",
            "application/json",
            "multipart/form-data; boundary=xyz");
    Random random = new Random(6);
    Map<Integer, Integer> seen = new TreeMap<>();
    List<CompletableFuture<Answer>> sent = new ArrayList<>();
    for (int i = 0; i < FUZZED; i++) {
      int kind = random.nextInt(seeds.size());
      int type = random.nextInt(10) == 0 ? random.nextInt(types.size()) : kind;
      byte[] body = mutated(seeds.get(kind), random);
      String path = PATHS.get(random.nextInt(PATHS.size()));
      sent.add(tiny.client.postLater(path, types.get(type), body));
      if (sent.size() == 4) {
        sent.forEach(answer -> count(answer.join(), seen));
        sent.clear();
      }
    }
    sent.forEach(answer -> count(answer.join(), seen));
    assertThat(seen.keySet()).as("statuses and how often: %s", seen).isSubsetOf(200, 400, 413, 422);
    assertThat(seen).as("a fuzzer that breaks something").containsKeys(400, 422);
  }

  @Test
  void fuzzedLoadsGetTheRightStatus() {
    start(
        TestServer.CONFIG.with(
            new ServeConfig.Access(Optional.empty(), Optional.of(TestServer.ADMIN_TOKEN))));
    byte[] seed =
        "{\"name\": \"other\", \"weights\": \"%s\", \"model\": \"cvt-tiny-32\"}"
            .formatted(TestServer.golden("tiny/a_default.weights.safetensors"))
            .getBytes(UTF_8);
    Random random = new Random(7);
    Map<Integer, Integer> seen = new TreeMap<>();
    for (int i = 0; i < FUZZED / 2; i++) {
      Answer answer =
          tiny.client.post(
              "/v1/models",
              "application/json",
              mutated(seed, random),
              "Authorization",
              "Bearer " + TestServer.ADMIN_TOKEN);
      count(answer, seen);
    }
    assertThat(seen.keySet()).as("statuses and how often: %s", seen).isSubsetOf(400, 422);
    assertThat(seen).as("a fuzzer that breaks something").containsKeys(400, 422);
    assertThat(tiny.server.models().list()).hasSize(1);
  }

  private static void count(Answer answer, Map<Integer, Integer> seen) {
    seen.merge(answer.status(), 1, Integer::sum);
    if (answer.status() != 200) {
      answer.problem(answer.status());
    }
  }

  private static byte[] mutated(byte[] seed, Random random) {
    byte[] body = seed.clone();
    switch (random.nextInt(5)) {
      case 0 -> {
        return Arrays.copyOf(body, random.nextInt(body.length + 1));
      }
      case 1 -> random.nextBytes(body);
      case 2 -> {
        int from = random.nextInt(body.length);
        Arrays.fill(
            body,
            from,
            Math.min(body.length, from + 1 + random.nextInt(64)),
            (byte) random.nextInt());
      }
      default -> {
        for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
          body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
    }
    return body;
  }

  @Test
  void aBodyThatIsTooLargeIsRefusedBeforeItIsRead() throws IOException {
    start(with(new Limits(100_000, 1_000_000, 4, 1, 64)));
    try (Wire wire = new Wire(tiny.server.uri())) {
      wire.send("POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100001\r\n\r\n");
      assertThat(wire.readStatus()).isEqualTo(413);
    }
    try (Wire wire = new Wire(tiny.server.uri())) {
      wire.send(
          "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\n");
      assertThat(wire.readStatus()).isEqualTo(413);
    }
  }

  @Test
  void aBodyThatGrowsTooLargeIsRefusedWhileItIsRead() throws IOException {
    start(with(new Limits(100_000, 1_000_000, 4, 1, 64)));
    try (Wire wire = new Wire(tiny.server.uri())) {
      wire.send(
          "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 11; i++) {
        wire.send("2710\r\n" + "a".repeat(10_000) + "\r\n");
      }
      assertThat(wire.readStatus()).isEqualTo(413);
    }
  }

  /** Closing over unread bytes would reset the connection, and lose the answer. */
  @Test
  void whoIsRefusedWhileSendingHearsWhy() throws IOException {
    start(with(new Limits(100_000, 1_000_000, 4, 1, 64)));
    byte[] large = new byte[8 << 20]; // more than the kernel keeps
    try (Wire wire = new Wire(tiny.server.uri())) {
      wire.send(
          "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
              .formatted(large.length));
      wire.send(large);
      assertThat(wire.readToEnd()).startsWith("HTTP/1.1 413 ").contains("larger than the 100000");
    }
  }

  @Test
  void aChunkedBodyIsAPictureToo() throws IOException {
    start();
    try (Wire wire = new Wire(tiny.server.uri())) {
      wire.send(
          "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (byte b : PICTURE) {
        wire.send(new byte[] {'1', '\r', '\n', b, '\r', '\n'});
      }
      wire.send("0\r\n\r\n");
      assertThat(wire.readStatus()).isEqualTo(200);
    }
  }

  @Test
  void bodiesShareABoundedMemory() throws IOException {
    start();
    // All but a little is taken, as others would.
    long others = memory - 20_000;
    assertThat(tiny.server.memory().take(others)).isTrue();
    Answer answer = tiny.client.post("/v1/predict", null, new byte[50_000]);
    assertThat(answer.problem(503)).contains("too many bodies");
    assertThat(answer.header("Retry-After")).isEqualTo("1");
    tiny.client.post("/v1/predict", null, PICTURE).ok();
    tiny.server.memory().giveBack(others);
  }

  @Test
  void aPictureThatSaysItIsHugeIsRefusedBeforeItIsDecoded() {
    start(with(new Limits(1 << 20, 1_000_000, 4, 1, 64)));
    assertThat(
            tiny.client
                .post("/v1/predict", "image/png", PngBomb.header(16_000, 16_000))
                .problem(422))
        .contains("16000 x 16000 pixels");
    assertThat(
            tiny.client
                .post("/v1/predict", "image/png", PngBomb.header(60_000, 60_000))
                .problem(422))
        .contains("60000 x 60000 pixels");
    assertThat(
            tiny.client.post("/v1/predict", "image/png", PngBomb.header(1000, 1000)).problem(422))
        .as("one within the limit that has no pixels")
        .contains("the picture");
  }

  @Test
  void headersByDropsAreHungUpOn() throws IOException, InterruptedException {
    start(with(new Timeouts(Duration.ofMillis(300), LONG, LONG, LONG, LONG)));
    try (Wire wire = new Wire(tiny.server.uri())) {
      wire.dribble(
          "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + "a".repeat(2000), 10);
      assertThat(wire.readToEnd()).as("what a slow client gets").isEmpty();
    }
    try (Wire wire = new Wire(tiny.server.uri())) {
      wire.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(wire.readStatus()).as("status of its first request").isEqualTo(200);
      wire.dribble(
          "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + "a".repeat(2000), 10);
      assertThat(wire.readToEnd()).as("what its second one gets").doesNotContain("HTTP/1.1");
    }
  }

  @Test
  void bodiesByDropsAreGivenUp() throws IOException, InterruptedException {
    start(with(new Timeouts(LONG, LONG, Duration.ofMillis(300), LONG, LONG)));
    try (Wire wire = new Wire(tiny.server.uri())) {
      wire.send("POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n");
      wire.dribble("a".repeat(4999), 10);
      assertThat(wire.readStatus()).isEqualTo(408);
    }
  }

  @Test
  void silentClientsAreGivenUp() throws IOException {
    start(with(new Timeouts(LONG, Duration.ofMillis(300), LONG, LONG, LONG)));
    try (Wire silent = new Wire(tiny.server.uri());
        Wire half = new Wire(tiny.server.uri())) {
      half.send("POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\nabc");
      assertThat(half.readStatus()).isEqualTo(408);
      assertThat(silent.readToEnd()).isEmpty();
    }
  }

  @Test
  void computingIsNotSilence() {
    start(with(new Timeouts(LONG, Duration.ofMillis(100), LONG, LONG, LONG)));
    Semaphore permits = tiny.addHeldUp("slow", TestServer.CONFIG.batching());
    CompletableFuture<Answer> asked =
        tiny.client.postLater("/v1/predict?model=slow", null, PICTURE);
    assertThat(asked)
        .as("a request that computes ten times as long as a client may be silent")
        .failsWithin(Duration.ofSeconds(1))
        .withThrowableOfType(java.util.concurrent.TimeoutException.class);
    permits.release(1000);
    asked.join().ok();
  }

  @Test
  void clientsThatLeaveInTheMiddleLeaveNothing() throws IOException {
    start();
    for (int i = 0; i < 50; i++) {
      try (Wire wire = new Wire(tiny.server.uri())) {
        wire.send("POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n");
        wire.send(new byte[i * 500]);
        if (i % 2 == 0) {
          wire.reset();
        }
      }
      try (Wire wire = new Wire(tiny.server.uri())) {
        wire.send(
            "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
                .formatted(PICTURE.length));
        wire.send(PICTURE);
        if (i % 2 == 0) {
          wire.reset(); // nobody reads the answer
        }
      }
    }
  }

  @Test
  void aFullQueueIsToldAtOnce() {
    start();
    Batching batching = new Batching(1, Duration.ZERO, 4, 1, 1, weights -> Execution.FUSED);
    Semaphore permits = tiny.addHeldUp("slow", batching);
    List<CompletableFuture<Answer>> accepted = new ArrayList<>();
    for (int i = 0; i < batching.queue(); i++) {
      accepted.add(tiny.client.postLater("/v1/predict?model=slow", null, PICTURE));
    }
    while (tiny.batcher("slow").admitted() < batching.queue()) {
      Thread.onSpinWait();
    }
    Answer refused = tiny.client.post("/v1/predict?model=slow", null, PICTURE);
    assertThat(refused.problem(429)).contains("queue of model 'slow'");
    assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
    tiny.client.post("/v1/predict", null, PICTURE).ok(); // other models are not concerned
    permits.release(1000);
    accepted.forEach(answer -> answer.join().ok());
  }

  @Test
  void whatIsNotDoneInTimeIsToldWithTheReason() {
    start(with(TestServer.CONFIG.timeouts().withAnswer(Duration.ofMillis(500))));
    Semaphore permits =
        tiny.addHeldUp("slow", new Batching(1, Duration.ZERO, 8, 1, 1, weights -> Execution.FUSED));
    CompletableFuture<Answer> computing =
        tiny.client.postLater("/v1/predict?model=slow", null, PICTURE);
    while (permits.getQueueLength() == 0) {
      Thread.onSpinWait();
    }
    Answer waiting = tiny.client.post("/v1/predict?model=slow", null, PICTURE);
    assertThat(computing.join().problem(504)).contains("was not done after 0.5 s");
    assertThat(waiting.problem(503)).contains("turn did not come within 0.5 s");
    assertThat(waiting.header("Retry-After")).isEqualTo("1");
    permits.release(1000);
  }

  @Test
  void whatWasAcceptedIsAnsweredWhenTheServerEnds() throws InterruptedException {
    start();
    Semaphore permits = tiny.addHeldUp("slow", TestServer.CONFIG.batching());
    List<CompletableFuture<Answer>> accepted = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      accepted.add(tiny.client.postLater("/v1/predict?model=slow", null, PICTURE));
    }
    while (tiny.batcher("slow").admitted() < 8) {
      Thread.onSpinWait();
    }
    Thread closing = new Thread(tiny.server::close);
    closing.start();
    while (tiny.client.get("/health/ready").status() == 200) {
      Thread.onSpinWait();
    }
    assertThat(tiny.client.get("/health/ready").problem(503)).contains("ending");
    tiny.client.get("/health/live").ok();
    assertThat(tiny.client.post("/v1/predict", null, PICTURE).problem(503)).contains("ending");
    permits.release(1000);
    accepted.forEach(answer -> answer.join().ok());
    closing.join();
    start(); // for the check at the end
  }

  @Test
  void manyClientsAtOnceGetTheirOwnAnswers() throws InterruptedException {
    start();
    List<byte[]> pictures =
        List.of(
            PICTURE,
            TestServer.picture("jpg_gray_97x61.jpg"),
            TestServer.picture("l_97x61.png"),
            TestServer.picture("rgb_224x224.png"));
    List<Integer> best = new ArrayList<>();
    List<Double> probability = new ArrayList<>();
    for (byte[] picture : pictures) {
      var first = tiny.client.post("/v1/predict?top=1", null, picture).ok();
      best.add(first.at("/results/0/predictions/0/index").asInt());
      probability.add(first.at("/results/0/predictions/0/probability").asDouble());
    }
    AtomicInteger right = new AtomicInteger();
    AtomicInteger largest = new AtomicInteger();
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < 8; c++) {
      int own = c % pictures.size();
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 20; i++) {
                  var answer = tiny.client.post("/v1/predict?top=1", null, pictures.get(own)).ok();
                  var top = answer.at("/results/0/predictions/0");
                  largest.accumulateAndGet(answer.path("batch").asInt(), Math::max);
                  if (top.path("index").asInt() == best.get(own)
                      && Math.abs(top.path("probability").asDouble() - probability.get(own))
                          < 1e-5) {
                    right.incrementAndGet();
                  }
                }
              });
      thread.start();
      clients.add(thread);
    }
    for (Thread thread : clients) {
      thread.join();
    }
    assertThat(right).as("right answers").hasValue(160);
    assertThat(largest).as("largest batch").hasValueGreaterThan(1);
  }
}
