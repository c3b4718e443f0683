package io.github.cvt4j.weights;

import static io.github.cvt4j.weights.HubTestServer.file;
import static io.github.cvt4j.weights.HubTestServer.status;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that say no, and answers that must not be believed. */
class HubRefusalTest extends HubTestCase {

  @ParameterizedTest
  @CsvSource({
    "401,GatedRepo,gated",
    "403,GatedRepo,gated",
    "401,RepoNotFound,no such repository",
    "404,RepoNotFound,no such repository",
    "404,RevisionNotFound,no such revision",
    "403,DisabledRepo,disabled",
    "401,,renew HF_TOKEN",
    "403,,access denied",
    "410,,unexpected answer",
  })
  void aRefusalIsExplained(int status, String code, String reason) {
    hub.on(
        REPO + "main/model.safetensors",
        code == null ? status(status) : status(status, "X-Error-Code", code));

    assertOneLine(() -> hub().fetch(SOURCE))
        .contains("hf:tiny/cvt", reason, "answered " + status)
        .doesNotContain(SECRET);
    assertThat(hub.requests()).hasSize(1);
  }

  @Test
  void aRepositoryWithoutWeightsIsExplained() {
    assertOneLine(() -> hub().fetch(SOURCE))
        .contains("hf:tiny/cvt", "neither model.safetensors nor pytorch_model.bin");
  }

  @Test
  void shardedWeightsAreRefused() {
    serve("model.safetensors.index.json", file(WEIGHTS));

    assertOneLine(() -> hub().fetch(SOURCE))
        .contains("several files", "model.safetensors.index.json");
  }

  @Test
  void aServerErrorPasses() {
    serveModel(
        numbered((n, request, out) -> (n < 3 ? status(500) : file(WEIGHTS)).handle(request, out)));

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aLastingServerErrorEndsInOneLine() {
    hub.on(REPO + "main/model.safetensors", status(503));

    assertOneLine(() -> hub().fetch(SOURCE)).contains("hf:tiny/cvt", "answered 503");
    assertThat(hub.requests()).hasSize(4);
  }

  @Test
  void aBusyServerIsGivenTheTimeItAsksFor() {
    serveModel(
        numbered(
            (n, request, out) ->
                (n == 1 ? status(429, "Retry-After", "1") : file(WEIGHTS)).handle(request, out)));
    long start = System.nanoTime();

    hub().fetch(SOURCE);

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(1));
  }

  @Test
  void aServerThatAsksForAnHourGetsNoFurtherRequest() {
    hub.on(REPO + "main/model.safetensors", status(429, "Retry-After", "3600"));

    assertOneLine(() -> hub().fetch(SOURCE)).contains("429 (too many requests; try again later)");
    assertThat(hub.requests()).hasSize(1);
  }

  @Test
  void redirectsInCirclesEnd() {
    serveModel(redirect(storage.address() + "/b"));
    storage.on("/b", redirect(storage.address() + "/weights"));

    assertOneLine(() -> hub().fetch(SOURCE)).contains("in circles");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://[", "//", "mailto:a@b"})
  void redirectsToAnythingButHttpAreRefused(String target) {
    serveModel(redirect(target));

    assertOneLine(() -> hub().fetch(SOURCE)).contains("redirects to an address");
  }

  @Test
  void aRedirectFromHttpsToHttpIsRefused() {
    URI from = URI.create("https://example.org/a");

    assertThat(HubHttp.target(from, Optional.of("/b"), "w")).hasToString("https://example.org/b");
    assertOneLine(() -> HubHttp.target(from, Optional.of("http://example.org/a"), "w"))
        .contains("example.org redirects from https to unprotected http");
  }

  @Test
  void aLoginIsAskedForWhereThereIsNoToken() {
    hub.on(REPO + "main/model.safetensors", status(401));
    HubConfig anonymous =
        HubConfig.fromEnvironment(
            Map.of("HF_ENDPOINT", hub.address(), "HF_HOME", cache.toString()));

    assertOneLine(() -> new Hub(anonymous).fetch(SOURCE)).contains("wants a login", "HF_TOKEN");
  }

  @Test
  void aServerThatIsNoHubIsNamed() {
    hub.on(REPO + "main/model.safetensors", file(WEIGHTS, "ETag", "\"abc\""));
    assertOneLine(() -> hub().fetch(SOURCE)).contains("does not name a commit", "HF_ENDPOINT");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../evil", "a/b", "..", "a b", "x.incomplete"})
  void aHostileEntityTagIsNotAFileName(String etag) {
    hub.on(
        REPO + "main/model.safetensors",
        file(WEIGHTS, "X-Repo-Commit", COMMIT, "X-Linked-Etag", '"' + etag + '"'));
    assertOneLine(() -> hub().fetch(SOURCE)).contains("entity tag");
  }

  @Test
  void aHostileCommitIsNotAFolderName() {
    hub.on(
        REPO + "main/model.safetensors",
        file(WEIGHTS, "X-Repo-Commit", "../../..", "ETag", '"' + SHA_256 + '"'));
    assertOneLine(() -> hub().fetch(SOURCE)).contains("does not name a commit");
  }
}
