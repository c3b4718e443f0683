package io.github.cvt4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cvt4j.image.DecodeOptions;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.infer.Classifier;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.Prediction;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class CvtServerTest {

  /** Of logits in a batch beside those of the picture alone, whose sums run in another order. */
  private static final float TOLERANCE = 1e-5f;

  private static final String TOKEN = "a-token-for-the-tests";

  private static final List<byte[]> PICTURES =
      List.of(
          TestServer.picture("jpg_rgb_500x375.jpg"),
          TestServer.picture("rgb_20x30.png"),
          TestServer.picture("jpg_gray_97x61.jpg"));

  private static TestServer tiny;
  private static Client client;
  private static Classifier classifier;

  @BeforeAll
  static void start() {
    tiny = TestServer.start();
    client = tiny.client;
    Engine.setThreads(1);
    classifier = TestServer.TINY.open().classifier(Execution.FUSED);
  }

  @AfterAll
  static void stop() {
    classifier.close();
    tiny.close();
  }

  private static RgbImage decoded(byte[] picture) {
    return ImageDecoder.decode(picture, "test", DecodeOptions.DEFAULT);
  }

  private static float[] floats(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).floatValue();
    }
    return values;
  }

  @Test
  void logitsOfOnePictureAreThoseOfTheClassifierToTheLastBit() {
    for (byte[] picture : PICTURES) {
      JsonNode answer = client.post("/v1/predict?logits=true", "image/jpeg", picture).ok();
      assertThat(answer.path("batch").asInt()).isEqualTo(1);
      assertThat(floats(answer.at("/results/0/logits")))
          .containsExactly(classifier.logits(List.of(decoded(picture))));
    }
  }

  @Test
  void logitsInABatchAgreeWithinRounding() {
    JsonNode answer =
        client.post("/v1/predict?logits=true", "application/json", Client.json(PICTURES)).ok();
    for (int i = 0; i < PICTURES.size(); i++) {
      float[] alone = classifier.logits(List.of(decoded(PICTURES.get(i))));
      assertThat(floats(answer.at("/results/" + i + "/logits")))
          .containsExactly(alone, within(TOLERANCE));
    }
  }

  @Test
  void predictionsAreThoseOfTheClassifier() {
    JsonNode answer = client.post("/v1/predict?top=3", "image/jpeg", PICTURES.get(0)).ok();
    List<Prediction> expected = classifier.classify(decoded(PICTURES.get(0)), 3);
    JsonNode predictions = answer.at("/results/0/predictions");
    assertThat(predictions).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(predictions.get(i).path("index").asInt()).isEqualTo(expected.get(i).index());
      assertThat(predictions.get(i).path("label").asText()).isEqualTo(expected.get(i).label());
      assertThat(predictions.get(i).path("probability").asDouble())
          .isCloseTo(expected.get(i).probability(), within(1e-12));
    }
    assertThat(answer.at("/results/0").has("logits")).as("logits nobody asked for").isFalse();
    assertThat(answer.path("model").asText()).isEqualTo(TestServer.NAME);
  }

  @Test
  void formsJsonAndPlainBodiesAreAnsweredAlike() {
    JsonNode plain = client.post("/v1/predict", null, PICTURES.get(1)).ok();
    byte[] one = Client.form("image", List.of(PICTURES.get(1)));
    JsonNode form = client.post("/v1/predict", "multipart/form-data; boundary=xyz", one).ok();
    byte[] json = Client.json(List.of(PICTURES.get(1)));
    JsonNode base64 = client.post("/v1/predict", "application/json", json).ok();
    assertThat(form.path("results")).isEqualTo(plain.path("results"));
    assertThat(base64.path("results")).isEqualTo(plain.path("results"));
  }

  @Test
  void timingsAddUp() {
    JsonNode timing = client.post("/v1/predict", null, PICTURES.get(0)).ok().path("timing");
    double parts =
        timing.path("decode_ms").asDouble()
            + timing.path("queue_ms").asDouble()
            + timing.path("compute_ms").asDouble();
    assertThat(timing.path("decode_ms").asDouble()).isPositive();
    assertThat(timing.path("compute_ms").asDouble()).isPositive();
    assertThat(timing.path("total_ms").asDouble()).isGreaterThanOrEqualTo(parts);
  }

  @Test
  void featuresAreWhatTheHeadSees() {
    JsonNode answer = client.post("/v1/features", "image/jpeg", PICTURES.get(0)).ok();
    Preprocessor preprocessor = new Preprocessor(classifier.preprocess());
    Engine.setThreads(1);
    try (Scope scope = Scope.open()) {
      float[] expected =
          Tensors.floats(
              classifier
                  .network()
                  .features(Tensors.of(preprocessor.apply(decoded(PICTURES.get(0))), 1, 3, 32, 32))
                  .preLogits());
      assertThat(floats(answer.at("/results/0/features"))).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"warp, WARP, 1", "0.5, CROP, 0.5", "1, CROP, 1"})
  void theCropCanBeChosen(String crop, Preprocess.Resize resize, double ratio) {
    Preprocess own = classifier.preprocess();
    Preprocess wanted =
        new Preprocess(own.size(), resize, ratio, own.interpolation(), own.mean(), own.std());
    Engine.setThreads(1);
    try (Classifier other =
        TestServer.TINY.open().withPreprocess(wanted).classifier(Execution.FUSED)) {
      JsonNode answer =
          client.post("/v1/predict?logits=true&crop=" + crop, null, PICTURES.get(0)).ok();
      assertThat(floats(answer.at("/results/0/logits")))
          .containsExactly(other.logits(List.of(decoded(PICTURES.get(0)))));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "crop=0, crop=0: expected a ratio",
    "crop=1e-9, crop=1e-9: expected a ratio from 0.01 to 1",
    "crop=NaN, crop=NaN: expected a ratio",
    "crop=all, crop=all: expected a ratio",
    "top=0, top=0: expected 1 to 1000000",
    "top=x, top=x: expected 1 to 1000000",
    "logits=yes, logits=yes: expected true or false",
    "tops=1, unknown parameter 'tops'; did you mean 'top'?",
    "top=1&top=2, parameter 'top' stands twice",
    "top=%FF%ZZ, not properly encoded",
  })
  void badParametersAreToldByName(String query, String message) {
    HttpRequest.Builder request;
    try {
      request = client.request("/v1/predict?" + query);
    } catch (IllegalArgumentException e) {
      request = null; // the client refuses to send it; the wire does not
    }
    if (request == null) {
      assertThat(raw("POST /v1/predict?" + query + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
          .startsWith("HTTP/1.1 400");
      return;
    }
    assertThat(client.post("/v1/predict?" + query, null, PICTURES.get(1)).problem(400))
        .contains(message);
  }

  private static String raw(String text) {
    try (Wire wire = new Wire(tiny.server.uri())) {
      wire.send(text.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
      return wire.readToEnd();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void unknownModelsAndAddressesAreNotFound() {
    assertThat(client.post("/v1/predict?model=cat", null, PICTURES.get(1)).problem(404))
        .contains("no model 'cat'; loaded are [tiny");
    assertThat(client.get("/v1/nothing").problem(404)).contains("/openapi.json");
    assertThat(client.get("/v1/predict/").problem(404)).contains("/openapi.json");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/predict, POST",
    "DELETE, /v1/predict, POST",
    "PUT, /v1/models, 'GET, HEAD, POST'",
    "POST, /v1/models/x, DELETE",
    "POST, /health/live, 'GET, HEAD'",
    "OPTIONS, /v1/features, POST",
    "BREW, /metrics, 'GET, HEAD'",
  })
  void wrongMethodsAreToldTheRightOnes(String method, String path, String allowed) {
    Answer answer =
        client.send(client.request(path).method(method, HttpRequest.BodyPublishers.noBody()));
    assertThat(answer.problem(405)).contains(method);
    assertThat(answer.header("Allow")).isEqualTo(allowed);
  }

  @Test
  void headIsGetWithoutTheBody() {
    Answer answer =
        client.send(
            client.request("/v1/models").method("HEAD", HttpRequest.BodyPublishers.noBody()));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void whatIsNoPictureIsToldByItsNumber() {
    assertThat(client.post("/v1/predict", "image/png", "hello".getBytes(UTF_8)).problem(422))
        .isEqualTo("the picture: not a picture: expected JPEG, PNG, GIF, BMP or WebP");
    byte[] second = Client.json(List.of(PICTURES.get(1), "hello".getBytes(UTF_8)));
    assertThat(client.post("/v1/predict", "application/json", second).problem(422))
        .startsWith("picture 1: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded"})
  void otherTypesOfBodiesAreRefused(String type) {
    assertThat(client.post("/v1/predict", type, PICTURES.get(1)).problem(415)).contains(type);
  }

  @Test
  void encodedBodiesAreRefused() {
    Answer answer =
        client.post("/v1/predict", "image/png", PICTURES.get(1), "Content-Encoding", "gzip");
    assertThat(answer.problem(415)).contains("encoded as 'gzip'");
  }

  @Test
  void aRequestKeepsItsId() {
    assertThat(client.get("/health/live", "X-Request-Id", "abc-1.2:3").header("X-Request-Id"))
        .isEqualTo("abc-1.2:3");
    String own = client.get("/health/live").header("X-Request-Id");
    assertThat(own).isNotEmpty().isNotEqualTo(client.get("/health/live").header("X-Request-Id"));
    assertThat(client.get("/health/live", "X-Request-Id", "a b").header("X-Request-Id"))
        .as("an id that could forge a line of the log")
        .doesNotContain(" ");
    assertThat(client.get("/health/live", "X-Request-Id", "a".repeat(65)).header("X-Request-Id"))
        .hasSizeLessThan(65);
  }

  @Test
  void modelsAreListed() {
    JsonNode model = client.get("/v1/models").ok().at("/models/0");
    assertThat(model.path("name").asText()).isEqualTo(TestServer.NAME);
    assertThat(model.path("default").asBoolean()).isTrue();
    assertThat(model.path("classes").asInt()).isEqualTo(10);
    assertThat(model.path("size").toString()).isEqualTo("[32,32]");
    assertThat(model.path("stages")).hasSize(3);
    assertThat(model.at("/stages/2/grid").toString()).isEqualTo("[4,4]");
  }

  @Test
  void metricsCountWhatWasDone() {
    client.post("/v1/predict", null, PICTURES.get(1)).ok();
    client.get("/v1/nothing").problem(404);
    String metrics = client.get("/metrics").text();
    assertThat(metrics)
        .contains(
            "http_server_requests_seconds_count{method=\"POST\",route=\"/v1/predict\",status=\"200\"}")
        .contains(
            "http_server_requests_seconds_bucket{method=\"GET\",route=\"none\",status=\"404\",le=\"1.0\"}")
        .containsPattern("cvt_batch_size_count\\{model=\"tiny\"\\} [1-9]")
        .containsPattern("cvt_decode_seconds_count\\{model=\"tiny\"\\} [1-9]")
        .containsPattern("cvt_accepted_images\\{model=\"tiny\"\\} \\d")
        .containsPattern("process_resident_memory_bytes [1-9]")
        .contains("jvm_memory_used_bytes");
    assertThat(client.get("/metrics").header("Content-Type")).startsWith("text/plain");
  }

  @Test
  void whereNoParametersAreExpectedThatIsSaid() {
    assertThat(client.get("/health/live?x=1").problem(400))
        .isEqualTo("unknown parameter 'x'; no parameters are expected");
  }

  @Test
  void healthSaysWhatItIsAskedFor() {
    assertThat(client.get("/health/live").ok().path("status").asText()).isEqualTo("live");
    assertThat(client.get("/health/ready").ok().path("status").asText()).isEqualTo("ready");
  }

  @Test
  void filesOfThePageAreServedAndNothingElse() {
    Answer answer = client.get("/served-by-test.txt");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEqualTo("a page\n");
    assertThat(answer.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
    assertThat(answer.header("Content-Security-Policy")).contains("default-src 'self'");
    for (String path :
        List.of(
            "/../logback.xml",
            "/%2e%2e/logback.xml",
            "/..%2flogback.xml",
            "/.hidden.txt",
            "//served-by-test.txt",
            "/served-by-test.txt/",
            "/served-by-test.txt%00.html",
            "/a\\b.txt",
            "/logback.xml",
            "/a".repeat(3000) + "/a.js",
            "/web")) {
      assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
          .as(path)
          .matches("(?s)HTTP/1\\.1 40[04] .*")
          .doesNotContain("<configuration>");
    }
  }

  @Test
  void malformedHttpIsAProblemToo() {
    for (String request :
        List.of(
            "GET /\u0001 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
            "GET /health/live HTTP/1.1\r\n\r\n",
            "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
            "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: nonsense\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(20_000) + "\r\n\r\n")) {
      assertThat(raw(request))
          .as(request.substring(0, 20))
          .matches("(?s)HTTP/1\\.1 (4\\d\\d|50[15]) .*application/problem\\+json.*");
    }
  }

  @Test
  void onThisMachineAloneOnlyItsOwnNamesAreAnswered() {
    String port = ":" + tiny.server.uri().getPort();
    for (String host :
        List.of("localhost", "LocalHost" + port, "127.0.0.1" + port, "[::1]", "[::1]" + port)) {
      assertThat(asked("GET /v1/models", "Host: " + host)).as(host).startsWith("HTTP/1.1 200");
    }
    for (String host :
        List.of("evil.example", "evil.example" + port, "localhost.evil.example", "10.0.0.1")) {
      assertThat(asked("GET /v1/models", "Host: " + host))
          .as(host)
          .startsWith("HTTP/1.1 421")
          .contains("application/problem+json", "expected one of [127.0.0.1, [::1], localhost]");
      assertThat(asked("GET /", "Host: " + host)).as(host).startsWith("HTTP/1.1 421");
      assertThat(asked("GET /health/live", "Host: " + host)).startsWith("HTTP/1.1 200");
    }
    assertThat(asked("GET http://evil.example/v1/models", "Host: evil.example"))
        .startsWith("HTTP/1.1 421");
  }

  private static String asked(String request, String header) {
    return raw(request + " HTTP/1.1\r\n" + header + "\r\n\r\n");
  }

  @Test
  void otherSitesMayNotAsk() {
    assertThat(
            client
                .post("/v1/predict", null, PICTURES.get(1), "Sec-Fetch-Site", "cross-site")
                .problem(403))
        .contains("another web site");
    for (String site : List.of("same-origin", "same-site", "none")) {
      client.post("/v1/predict", null, PICTURES.get(1), "Sec-Fetch-Site", site).ok();
    }
  }

  @Test
  void elsewhereAnyNameIsAnsweredButNoOtherSite() {
    ServeConfig everywhere = TestServer.CONFIG.with(new ServeConfig.Address("0.0.0.0", 0));
    try (TestServer open = TestServer.start(everywhere);
        Wire own = new Wire(open.server.uri());
        Wire other = new Wire(open.server.uri())) {
      own.send("GET /v1/models HTTP/1.1\r\nHost: cvt.example\r\n\r\n");
      assertThat(own.readStatus()).isEqualTo(200);
      other.send(
          "GET /v1/models HTTP/1.1\r\nHost: cvt.example\r\nSec-Fetch-Site: cross-site\r\n\r\n");
      assertThat(other.readStatus()).isEqualTo(403);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void severalModelsAreServedByName() {
    try (TestServer two = TestServer.start()) {
      two.addHeldUp("other", TestServer.CONFIG.batching()).release(1000);
      JsonNode other = two.client.post("/v1/predict?model=other", null, PICTURES.get(1)).ok();
      assertThat(other.path("model").asText()).isEqualTo("other");
      JsonNode first = two.client.post("/v1/predict", null, PICTURES.get(1)).ok();
      assertThat(first.path("model").asText()).isEqualTo(TestServer.NAME);
    }
  }

  @Test
  void withTokensOnlyThoseWhoHaveThemMayAsk() {
    ServeConfig.Access access =
        new ServeConfig.Access(Optional.of(TOKEN), Optional.of(TestServer.ADMIN_TOKEN));
    try (TestServer guarded = TestServer.start(TestServer.CONFIG.with(access))) {
      Client asked = guarded.client;
      Answer refused = asked.post("/v1/predict", null, PICTURES.get(1));
      assertThat(refused.problem(401)).contains("Authorization: Bearer");
      assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
      for (String wrong : List.of("Bearer wrong", "Bearer", "Basic " + TOKEN, TOKEN)) {
        asked.get("/v1/models", "Authorization", wrong).problem(401);
      }
      asked.get("/metrics").problem(401);
      asked.get("/health/ready").ok();
      asked.get("/openapi.json").ok();
      for (String token : List.of(TOKEN, TestServer.ADMIN_TOKEN)) {
        asked.post("/v1/predict", null, PICTURES.get(1), "Authorization", "bearer " + token).ok();
      }
      asked.delete("/v1/models/tiny", "Authorization", "Bearer " + TOKEN).problem(401);
      assertThat(
              asked
                  .delete("/v1/models/tiny", "Authorization", "Bearer " + TestServer.ADMIN_TOKEN)
                  .status())
          .isEqualTo(204);
      assertThat(asked.get("/health/ready").problem(503)).isEqualTo("no model is loaded");
    }
    assertThat(
            client
                .delete("/v1/models/tiny", "Authorization", "Bearer " + TestServer.ADMIN_TOKEN)
                .problem(403))
        .contains("no administrator's token");
  }

  @Test
  void modelsAreLoadedAndUnloadedMeanwhile() {
    ServeConfig.Access access =
        new ServeConfig.Access(Optional.empty(), Optional.of(TestServer.ADMIN_TOKEN));
    try (TestServer guarded = TestServer.start(TestServer.CONFIG.with(access))) {
      Client asked = guarded.client;
      String[] admin = {"Authorization", "Bearer " + TestServer.ADMIN_TOKEN};
      String weights = TestServer.golden("tiny/a_default.weights.safetensors").toString();
      String wanted =
          "{\"name\":\"golden\",\"weights\":\"%s\",\"model\":\"%s\"}"
              .formatted(weights, TestServer.golden("tiny/a_default.yaml"));
      Answer loaded = load(asked, wanted, admin);
      assertThat(loaded.status()).as(loaded.text()).isEqualTo(201);
      assertThat(loaded.json().path("name").asText()).isEqualTo("golden");
      assertThat(load(asked, wanted, admin).problem(409)).contains("unload it first");
      asked.post("/v1/predict?model=golden", null, PICTURES.get(0)).ok();
      assertThat(asked.get("/v1/models").ok().path("models")).hasSize(2);

      assertThat(asked.delete("/v1/models/golden", admin).status()).isEqualTo(204);
      asked.delete("/v1/models/golden", admin).problem(404);
      asked.post("/v1/predict?model=golden", null, PICTURES.get(0)).problem(404);
      assertThat(asked.get("/metrics").text()).contains("cvt_models 1.0");
    }
  }

  private static Answer load(Client asked, String wanted, String... headers) {
    return asked.post("/v1/models", "application/json", wanted.getBytes(UTF_8), headers);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "400|{\"name\":\"a\"}|weights",
        "400|{\"name\":\"a/b\",\"weights\":\"x\"}|a name of a model",
        "400|{\"name\":\"a\",\"weights\":\"x\",\"wait\":1}|wait",
        "400|null|expected",
        "400|nonsense|expected",
        "409|{\"name\":\"tiny\",\"weights\":\"x\"}|already",
        "422|{\"name\":\"a\",\"weights\":\"/nowhere/x.safetensors\"}|/nowhere/x.safetensors",
        "422|{\"name\":\"a\",\"weights\":\"hf:nobody/nothing\"}|offline",
      })
  void whatCannotBeLoadedIsTold(int status, String wanted, String message) {
    ServeConfig.Access access =
        new ServeConfig.Access(Optional.empty(), Optional.of(TestServer.ADMIN_TOKEN));
    try (TestServer guarded = TestServer.start(TestServer.CONFIG.with(access))) {
      Answer answer =
          load(guarded.client, wanted, "Authorization", "Bearer " + TestServer.ADMIN_TOKEN);
      assertThat(answer.problem(status)).contains(message);
    }
  }

  @Test
  void theNextModelOfANameKeepsItsMetricsWhenTheLastOneEnds() {
    String waiting = "cvt_accepted_images{model=\"other\"} ";
    try (TestServer two = TestServer.start()) {
      var permits = two.addHeldUp("other", TestServer.CONFIG.batching());
      ServedModel old = two.server.models().list().get(1);
      var asked = two.client.postLater("/v1/predict?model=other", null, PICTURES.get(1));
      while (permits.getQueueLength() == 0) {
        Thread.onSpinWait();
      }
      assertThat(two.client.get("/metrics").text()).contains(waiting + "1");
      two.server.models().remove("other");
      assertThat(two.client.get("/metrics").text()).doesNotContain("model=\"other\"");
      two.addHeldUp("other", TestServer.CONFIG.batching()).release(1000);
      permits.release(1000);
      asked.join().ok();
      assertThat(old.freed()).succeedsWithin(Client.PATIENCE);
      assertThat(two.client.get("/metrics").text()).contains(waiting + "0");
    }
  }

  @Test
  void aModelThatIsUnloadedUnderLoadAnswersWhatItHasAccepted() {
    try (TestServer two = TestServer.start()) {
      var permits = two.addHeldUp("other", TestServer.CONFIG.batching());
      ServedModel other = two.server.models().list().get(1);
      var asked =
          IntStream.range(0, 6)
              .mapToObj(i -> two.client.postLater("/v1/predict?model=other", null, PICTURES.get(1)))
              .toList();
      while (other.batcher().admitted() < 6) {
        Thread.onSpinWait();
      }
      two.server.models().remove("other");
      assertThat(other.freed()).as("freed under running requests").isNotDone();
      two.client.post("/v1/predict?model=other", null, PICTURES.get(1)).problem(404);
      permits.release(1000);
      asked.forEach(answer -> answer.join().ok());
      assertThat(other.freed()).succeedsWithin(Client.PATIENCE);
      assertThat(other.retain()).as("used after it was freed").isFalse();
    }
  }
}
