package io.github.cvt4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import io.github.cvt4j.explain.Explainer;
import io.github.cvt4j.explain.Explanation;
import io.github.cvt4j.explain.Method;
import io.github.cvt4j.explain.Question;
import io.github.cvt4j.image.DecodeOptions;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.LoadedModel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(300)
class ExplainRoutesTest {

  private static final byte[] PICTURE = TestServer.picture("jpg_rgb_500x375.jpg");

  private static TestServer tiny;
  private static Client client;

  @BeforeAll
  static void start() {
    tiny = TestServer.start();
    client = tiny.client;
  }

  @AfterAll
  static void stop() {
    tiny.close();
  }

  @Test
  void overlaysAreTheLibrarys() {
    List<Question> questions =
        List.of(
            Question.of(Method.ATTENTION).ofStage(1).ofBlock(0).ofHead(1),
            Question.of(Method.ROLLOUT).ofStage(0),
            Question.of(Method.GRADCAM).ofStage(2).ofBlock(1).ofClass(3),
            Question.of(Method.COMPONENTS).ofStage(0).ofBlock(0));
    List<String> queries =
        List.of(
            "method=attention&stage=1&block=0&head=1",
            "method=rollout",
            "method=gradcam&class=3",
            "method=components&stage=0");
    try (Explainer explainer = Explainer.of(TestServer.TINY.open())) {
      Explanation look =
          explainer.explain(ImageDecoder.decode(PICTURE, "test", DecodeOptions.DEFAULT), questions);
      for (int i = 0; i < questions.size(); i++) {
        JsonNode answer = client.post("/v1/explain?" + queries.get(i), "image/jpeg", PICTURE).ok();
        JsonNode map = answer.path("map");
        JsonNode values = map.path(map.has("rgb") ? "rgb" : "values");
        float[] expected = look.overlays().get(i).values();
        assertThat(values).as(queries.get(i)).hasSize(expected.length);
        for (int k = 0; k < expected.length; k++) {
          assertThat(values.get(k).floatValue())
              .as("%s, value %d", queries.get(i), k)
              .isCloseTo(expected[k], within(1e-4f));
        }
        assertThat(answer.at("/predictions/0/index").asInt())
            .isEqualTo(look.predictions().get(0).index());
      }
    }
  }

  @Test
  void theAnswerTellsWhatElseCanBeAsked() {
    JsonNode answer = client.post("/v1/explain?head=mean", null, PICTURE).ok();
    assertThat(answer.path("model").asText()).isEqualTo(TestServer.NAME);
    assertThat(answer.path("method").asText()).isEqualTo("attention");
    assertThat(answer.at("/map/head").asText()).isEqualTo("mean");
    assertThat(answer.at("/picture/width").asInt()).isEqualTo(500);
    assertThat(answer.at("/picture/crop/height").asDouble()).isEqualTo(375);
    assertThat(answer.path("stages")).hasSize(3);
    assertThat(answer.at("/stages/2/blocks").asInt()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "method=saliency | 400 | method=saliency: expected one of [attention, rollout,",
        "head=all | 400 | head=all: expected mean or 0 to 3",
        "head=9 | 400 | head=9: expected mean or 0 to 3",
        "stage=0&head=1 | 400 | head=1: expected mean or 0 to 0",
        "stage=3 | 422 | stage 3: expected 0 to 2",
        "method=gradcam&head=0 | 422 | gradcam has no head",
        "method=gradcam&class=10 | 400 | class=10: expected a class's name or 0 to 9",
        "method=gradcam&class=tabby | 400 | class=tabby: expected a class's name or 0 to 9",
        "class=3 | 422 | attention has no class",
        "model=other | 404 | no model 'other'",
      })
  void whatCannotBeAnsweredIsSaid(String query, int status, String detail) {
    byte[] small = TestServer.picture("rgb_20x30.png");
    assertThat(client.post("/v1/explain?" + query, null, small).problem(status)).contains(detail);
  }

  /** A number is a number even where a class is called by another's. */
  @Test
  void classesAreFoundByNameAndNumber() {
    LoadedModel loaded = TestServer.TINY.open();
    LoadedModel named =
        new LoadedModel(
            loaded.experiment(),
            loaded.spec(),
            loaded.preprocess(),
            List.of("tabby", "0", "c", "d", "e", "f", "g", "h", "tiger cat", "j"),
            loaded.provenance(),
            loaded.weights(),
            loaded.allow(),
            loaded.seed());
    tiny.server
        .models()
        .add(
            ServedModel.open(
                "named",
                named,
                named.network(Execution.FUSED),
                Optional.of(Explainer.of(named)),
                TestServer.CONFIG.batching(),
                tiny.server.metrics()));
    Map.of("tabby", 0, "0", 0, "1", 1, "tiger%20cat", 8, "8", 8)
        .forEach(
            (wanted, number) -> {
              String path = "/v1/explain?model=named&method=gradcam&class=" + wanted;
              assertThat(client.post(path, null, PICTURE).ok().at("/map/class").asInt(-1))
                  .as("class=%s", wanted)
                  .isEqualTo(number);
            });
  }

  @Test
  void otherBodiesThanOnePictureAreRefused() {
    byte[] text = "no picture".getBytes(StandardCharsets.UTF_8);
    assertThat(client.post("/v1/explain", null, text).problem(422)).contains("not a picture");
    byte[] two = Client.json(List.of(PICTURE, PICTURE));
    client.post("/v1/explain", "application/json", two).problem(413);
  }

  @Test
  void whoHasSwitchedLooksOffSaysSo() {
    try (TestServer off = TestServer.start(TestServer.CONFIG.with(ServeConfig.Looks.NONE))) {
      assertThat(off.client.get("/v1/models").ok().at("/models/0/looks"))
          .isEqualTo(BooleanNode.FALSE);
      byte[] small = TestServer.picture("rgb_20x30.png");
      assertThat(off.client.post("/v1/explain", null, small).problem(422))
          .isEqualTo("model 'tiny' is served without looks inside");
    }
  }

  /** One is being made and one may wait: of many at once, the others are told when to come back. */
  @Test
  void tooManyAtOnceAreToldToComeBack() {
    ServeConfig narrow = TestServer.CONFIG.with(new ServeConfig.Looks(true, 1));
    try (TestServer one = TestServer.start(narrow)) {
      List<CompletableFuture<Answer>> answers =
          Client.times(24, PICTURE).stream()
              .map(picture -> one.client.postLater("/v1/explain?method=rollout", null, picture))
              .toList();
      int made = 0;
      int refused = 0;
      for (CompletableFuture<Answer> later : answers) {
        Answer answer = later.join();
        if (answer.status() == 200) {
          made++;
        } else {
          assertThat(answer.problem(429)).contains("queue of looks inside is full");
          assertThat(answer.header("Retry-After")).isNotEmpty();
          refused++;
        }
      }
      assertThat(made).as("looks made").isPositive();
      assertThat(refused).as("looks refused").isPositive();
      one.client.post("/v1/explain", null, PICTURE).ok();
    }
  }
}
