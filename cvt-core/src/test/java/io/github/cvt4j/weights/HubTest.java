package io.github.cvt4j.weights;

import static io.github.cvt4j.weights.HubTestServer.file;
import static io.github.cvt4j.weights.HubTestServer.status;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Well-behaved servers, and what users may ask for. */
class HubTest extends HubTestCase {

  @Test
  void aModelIsDownloadedIntoTheLayoutThatPythonUses() throws IOException {
    serveModel(file(WEIGHTS));

    HubSnapshot snapshot = hub().fetch(SOURCE);

    assertThat(snapshot.commit()).isEqualTo(COMMIT);
    assertThat(snapshot.weights()).hasBinaryContent(WEIGHTS);
    assertThat(snapshot.config().orElseThrow()).hasBinaryContent(CONFIG);
    assertThat(snapshot.preprocessor()).isEmpty();
    Path folder = cache.resolve("models--tiny--cvt");
    assertThat(snapshot.weights())
        .isEqualTo(folder.resolve("snapshots").resolve(COMMIT).resolve("model.safetensors"));
    assertThat(Files.readSymbolicLink(snapshot.weights()))
        .isEqualTo(Path.of("..", "..", "blobs", SHA_256));
    assertThat(folder.resolve("refs/main")).hasContent(COMMIT);
    assertThat(folder.resolve(".no_exist").resolve(COMMIT).resolve("preprocessor_config.json"))
        .exists();
    assertThat(list(folder.resolve("blobs"))).containsExactlyInAnyOrder(SHA_256, GIT_SHA);
  }

  @Test
  void aHubThatIsAskedForNothingStartsNoThread() {
    long before = clients();

    hub();

    assertThat(clients()).isEqualTo(before);
  }

  private static long clients() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("HttpClient"))
        .count();
  }

  @Test
  void theTokenGoesToTheHubAndNotToTheStorageServer() {
    serveModel(file(WEIGHTS));

    hub().fetch(SOURCE);

    assertThat(hub.requests())
        .isNotEmpty()
        .allSatisfy(
            request ->
                assertThat(request.headers()).containsEntry("authorization", "Bearer " + SECRET));
    assertThat(storage.requests())
        .hasSize(1)
        .allSatisfy(request -> assertThat(request.headers()).doesNotContainKey("authorization"));
  }

  @Test
  void aChainThatLeftTheHubDoesNotGetTheTokenBack() {
    serveModel(redirect(hub.address() + "/back"));
    hub.on("/back", file(WEIGHTS));

    hub().fetch(SOURCE);

    assertThat(hub.requests())
        .filteredOn(request -> request.path().equals("/back"))
        .hasSize(1)
        .allSatisfy(request -> assertThat(request.headers()).doesNotContainKey("authorization"));
  }

  @Test
  void aRenamedRepositoryIsFollowed() {
    serveModel(file(WEIGHTS));
    hub.on(
        "/old/name/resolve/main/model.safetensors",
        status(307, "Location", REPO + "main/model.safetensors"));
    hub.on(
        "/old/name/resolve/" + COMMIT + "/model.safetensors",
        status(307, "Location", REPO + COMMIT + "/model.safetensors"));

    assertThat(hub().fetch("hf:old/name").weights()).hasBinaryContent(WEIGHTS);
  }

  @Test
  void pytorchWeightsServeWhereThereAreNoSafetensors() {
    serve("pytorch_model.bin", file(WEIGHTS));

    assertThat(hub().fetch(SOURCE).weights())
        .hasFileName("pytorch_model.bin")
        .hasBinaryContent(WEIGHTS);
  }

  @Test
  void aRevisionWithASlashIsOneSegmentOfTheAddress() {
    String revision = "refs%2Fpr%2F1";
    serveModel(file(WEIGHTS));
    hub.on(REPO + revision + "/model.safetensors", hubFile());

    hub().fetch(SOURCE + "@refs/pr/1");

    assertThat(cache.resolve("models--tiny--cvt/refs/refs/pr/1")).hasContent(COMMIT);
  }

  @Test
  void progressEndsAtTheTotal() {
    serveModel(file(WEIGHTS));
    List<String> heard = new ArrayList<>();

    new Hub(config(), (name, done, total) -> heard.add(name + " " + done + "/" + total))
        .fetch(SOURCE);

    assertThat(heard)
        .contains("model.safetensors 0/300000", "model.safetensors 300000/300000")
        .endsWith("config.json %d/%d".formatted(CONFIG.length, CONFIG.length));
  }

  @Test
  void aFileAtAnAddressIsFetchedOncePerVersion() {
    hub.on("/a/cvt.pth", file(WEIGHTS, "ETag", "\"v1\""));
    String url = hub.address() + "/a/cvt.pth";

    HubSnapshot first = hub().fetch(url);
    HubSnapshot again = hub().fetch(url);
    hub.on("/a/cvt.pth", file(CONFIG, "ETag", "\"v2\""));
    HubSnapshot newer = hub().fetch(url);
    HubSnapshot offline = new Hub(config().withOffline(true)).fetch(url);

    assertThat(first.weights()).hasFileName("cvt.pth").hasBinaryContent(WEIGHTS);
    assertThat(first.config()).isEmpty();
    assertThat(again).isEqualTo(first);
    assertThat(newer.weights()).hasBinaryContent(CONFIG);
    assertThat(offline).isEqualTo(newer);
    assertThat(hub.gets()).hasSize(2);
  }

  @Test
  void anAddressResumesOnlyTheSameVersion() {
    hub.on(
        "/cvt.pth",
        numbered(
            (n, request, out) -> {
              if (n == 2) {
                cutOff(out, 1000);
              } else {
                file(WEIGHTS, "ETag", "\"v1\"").handle(request, out);
              }
            }));

    assertThat(hub().fetch(hub.address() + "/cvt.pth").weights()).hasBinaryContent(WEIGHTS);
    assertThat(hub.gets().get(1).headers())
        .containsEntry("range", "bytes=1000-")
        .containsEntry("if-range", "\"v1\"");
  }

  @Test
  void anAddressSignedForGetAloneIsFetched() {
    hub.on(
        "/cvt.pth?signature=s",
        (request, out) -> (request.isHead() ? status(403) : file(WEIGHTS)).handle(request, out));

    assertThat(hub().fetch(hub.address() + "/cvt.pth?signature=s").weights())
        .hasFileName("cvt.pth")
        .hasBinaryContent(WEIGHTS);
  }

  @ParameterizedTest
  @CsvSource({
    "hf:cvt-13,form",
    "hf:a/b/c,form",
    "hf:../x,hub name",
    "hf:x/..,hub name",
    "hf:a--b/x,hub name",
    "hf:.a/x,hub name",
    "hf:a/x@../../y,revision",
    "hf:a/x@a/../b,revision",
    "hf:a/x@/etc,revision",
    "hf:a/x@.,revision",
    "hf:a/x@main?x=1,revision",
    "hf:a/x@%2e%2e,revision",
    "hf:a/x@,form",
    "http://example.org/x.pth,use https",
    "https://,address",
    "https://user:pass@example.org/x,user name",
    "https:///x,address",
    "ftp://example.org/x,address",
  })
  void aMalformedSourceIsRefused(String source, String reason) {
    assertOneLine(() -> hub().fetch(source)).contains(reason);
    assertThat(hub.requests()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "hf:microsoft/cvt-13,true",
    "https://example.org/x.pth,true",
    "HTTP://localhost/x.pth,true",
    "hf/model.safetensors,false",
    "https.pth,false",
    "C:/models/x.pth,false",
  })
  void sourcesAreToldFromLocalFiles(String source, boolean remote) {
    assertThat(Hub.isRemote(source)).isEqualTo(remote);
  }
}
