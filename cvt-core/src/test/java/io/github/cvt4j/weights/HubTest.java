package io.github.cvt4j.weights;

import static io.github.cvt4j.weights.HubTestServer.file;
import static io.github.cvt4j.weights.HubTestServer.head;
import static io.github.cvt4j.weights.HubTestServer.headers;
import static io.github.cvt4j.weights.HubTestServer.reply;
import static io.github.cvt4j.weights.HubTestServer.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cvt4j.weights.HubTestServer.Handler;
import io.github.cvt4j.weights.HubTestServer.Request;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against servers on loopback: a hub and the storage server that it redirects to. */
@Timeout(30)
class HubTest {

  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String SECRET = "hf_secret";
  private static final String REPO = "/tiny/cvt/resolve/";
  private static final String SOURCE = "hf:tiny/cvt";
  private static final byte[] WEIGHTS = randomBytes(300_000);
  private static final String SHA_256 = hex("SHA-256", WEIGHTS);
  private static final byte[] CONFIG = "{\"model_type\": \"cvt\"}".getBytes(UTF_8);
  private static final String GIT_SHA =
      hex("SHA-1", ("blob " + CONFIG.length + "\0" + new String(CONFIG, UTF_8)).getBytes(UTF_8));

  private final HubTestServer hub = new HubTestServer();
  private final HubTestServer storage = new HubTestServer();

  @TempDir private Path cache;

  @AfterEach
  void close() throws IOException {
    hub.close();
    storage.close();
  }

  // Well-behaved servers

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

  // The cache

  @Test
  void anUnchangedBranchTakesOneRequestWithoutABody() {
    serveModel(file(WEIGHTS));
    hub().fetch(SOURCE);
    int before = hub.requests().size();

    hub().fetch(SOURCE);

    assertThat(hub.requests().subList(before, hub.requests().size()))
        .extracting(Request::toString)
        .containsExactly("HEAD " + REPO + "main/model.safetensors");
  }

  @Test
  void aCommitInTheCacheTakesNoRequest() {
    serveModel(file(WEIGHTS));
    hub().fetch(SOURCE);
    int before = hub.requests().size();

    HubSnapshot snapshot = hub().fetch(SOURCE + "@" + COMMIT);

    assertThat(snapshot.config()).isPresent();
    assertThat(hub.requests()).hasSize(before);
  }

  @Test
  void whatPythonDownloadedIsUsed() throws IOException {
    serveModel(file(WEIGHTS));
    Path folder = cache.resolve("models--tiny--cvt");
    Path snapshot = Files.createDirectories(folder.resolve("snapshots").resolve(COMMIT));
    Files.createDirectories(folder.resolve("blobs"));
    Files.createDirectories(folder.resolve("refs"));
    Files.write(folder.resolve("blobs").resolve(SHA_256), WEIGHTS);
    Files.createSymbolicLink(
        snapshot.resolve("model.safetensors"), Path.of("../../blobs/" + SHA_256));
    Files.writeString(folder.resolve("refs/main"), COMMIT);

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
    assertThat(storage.requests()).isEmpty();
    assertThat(new Hub(config().withOffline(true)).fetch(SOURCE).weights())
        .hasBinaryContent(WEIGHTS);
  }

  @Test
  void contentKnownFromAnotherCommitIsOnlyLinked() throws IOException {
    serveModel(file(WEIGHTS));
    Path blobs = Files.createDirectories(cache.resolve("models--tiny--cvt/blobs"));
    Files.write(blobs.resolve(SHA_256), WEIGHTS);

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
    assertThat(storage.requests()).isEmpty();
  }

  @Test
  void aTruncatedFileInTheCacheIsFetchedAnew() throws IOException {
    serveModel(file(WEIGHTS));
    Path weights = hub().fetch(SOURCE).weights();
    Files.write(weights.toRealPath(), Arrays.copyOf(WEIGHTS, 1000));

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
  }

  @Test
  void offlineTheCacheServes() {
    serveModel(file(WEIGHTS));
    hub().fetch(SOURCE);
    int before = hub.requests().size();

    HubSnapshot snapshot = new Hub(config().withOffline(true)).fetch(SOURCE);

    assertThat(snapshot.commit()).isEqualTo(COMMIT);
    assertThat(snapshot.config()).isPresent();
    assertThat(hub.requests()).hasSize(before);
  }

  @Test
  void offlineAnEmptyCacheIsNamed() {
    Hub offline = new Hub(config().withOffline(true));
    assertOneLine(() -> offline.fetch(SOURCE))
        .contains("offline", cache.toString(), "no revision main of hf:tiny/cvt");
    assertOneLine(() -> offline.fetch(SOURCE + "@" + COMMIT))
        .contains("offline", "neither model.safetensors nor pytorch_model.bin", COMMIT);
    assertOneLine(() -> offline.fetch("https://example.org/a.pth?signature=s"))
        .contains("offline", "https://example.org/a.pth")
        .doesNotContain("signature");
  }

  @Test
  void withoutAConnectionTheCacheServes() throws IOException {
    serveModel(file(WEIGHTS));
    hub().fetch(SOURCE);
    hub.close();

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
    assertOneLine(() -> hub().fetch("hf:tiny/other"))
        .contains("no connection to 127.0.0.1", "hf:tiny/other", cache.toString());
  }

  @Test
  void twoDownloadersFetchAFileOnce() {
    serveModel(
        (request, out) -> {
          Thread.sleep(200);
          file(WEIGHTS).handle(request, out);
        });

    CompletableFuture<HubSnapshot> other = CompletableFuture.supplyAsync(() -> hub().fetch(SOURCE));
    HubSnapshot snapshot = hub().fetch(SOURCE);

    assertThat(snapshot.weights()).hasBinaryContent(WEIGHTS);
    assertThat(other.join()).isEqualTo(snapshot);
    assertThat(storage.gets()).hasSize(1);
  }

  @Test
  void aLockThatIsNotReleasedEndsTheWait() throws Exception {
    serveModel(file(WEIGHTS));
    Path lock = new HubCache(cache, "models--tiny--cvt").lock(SHA_256);
    HubLock held = HubLock.acquire(lock, Duration.ZERO);
    try {
      assertOneLine(() -> hub().fetch(SOURCE)).contains("another download", lock.toString());
    } finally {
      held.close();
    }
    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
  }

  // Servers that cut off, stall and lie

  @Test
  void aDownloadResumesWhereItWasCutOff() {
    List<String> ranges = new ArrayList<>();
    serveModel(
        numbered(
            (n, request, out) -> {
              ranges.add(request.headers().get("range"));
              if (n == 1) {
                cutOff(out, 100_000);
              } else {
                file(WEIGHTS).handle(request, out);
              }
            }));

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
    assertThat(ranges)
        .hasSize(2)
        .startsWith((String) null)
        .last()
        .asString()
        .isEqualTo("bytes=100000-");
  }

  @Test
  void aLaterRunResumesWhatAnEarlierOneKept() {
    serveModel((request, out) -> cutOff(out, 100_000));
    assertOneLine(() -> new Hub(impatient(0)).fetch(SOURCE))
        .contains("cannot download model.safetensors of hf:tiny/cvt", "100000 bytes are kept");

    serveModel(file(WEIGHTS));
    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
    assertThat(storage.gets().get(1).headers()).containsEntry("range", "bytes=100000-");
  }

  @Test
  void aServerThatIgnoresRangesIsReadFromTheStart() throws IOException {
    part(Arrays.copyOf(WEIGHTS, 5000));
    serveModel((request, out) -> reply(out, 200, headers("Content-Length", "300000"), WEIGHTS));

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aServerThatSendsAnotherRangeIsReadFromTheStart() throws IOException {
    part(Arrays.copyOf(WEIGHTS, 5000));
    serveModel(
        (request, out) -> {
          if (request.headers().containsKey("range")) {
            reply(
                out,
                206,
                headers("Content-Length", "300000", "Content-Range", "bytes 0-299999/300000"),
                WEIGHTS);
          } else {
            file(WEIGHTS).handle(request, out);
          }
        });

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aRangeThatCannotBeSatisfiedStartsAnew() throws IOException {
    part(Arrays.copyOf(WEIGHTS, 5000));
    serveModel(
        (request, out) -> {
          if (request.headers().containsKey("range")) {
            status(416).handle(request, out);
          } else {
            file(WEIGHTS).handle(request, out);
          }
        });

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aDamagedPartialDownloadStartsAnew() throws IOException {
    part(new byte[5000]);
    serveModel(file(WEIGHTS));

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
    assertThat(storage.gets()).hasSize(2);
  }

  @Test
  void aPartialDownloadLongerThanTheFileStartsAnew() throws IOException {
    part(new byte[WEIGHTS.length + 1]);
    serveModel(file(WEIGHTS));

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
    assertThat(storage.gets()).hasSize(1);
  }

  @Test
  void aServerThatStallsInTheMiddleIsLeft() {
    serveModel(
        numbered(
            (n, request, out) -> {
              if (n == 1) {
                head(out, 200, headers("Content-Length", "300000"));
                out.write(WEIGHTS, 0, 70_000);
                out.flush();
                Thread.sleep(20_000);
              }
              file(WEIGHTS).handle(request, out);
            }));

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
    assertThat(storage.gets().get(1).headers()).containsEntry("range", "bytes=70000-");
  }

  @Test
  void aServerThatNeverAnswersIsLeft() {
    serveModel((request, out) -> Thread.sleep(20_000));

    assertOneLine(() -> new Hub(impatient(1)).fetch(SOURCE))
        .contains("model.safetensors of hf:tiny/cvt", "has not answered for");
  }

  @Test
  void aServerThatAlwaysStallsEndsInOneLine() {
    serveModel(
        (request, out) -> {
          head(out, 200, headers("Content-Length", "300000"));
          out.flush();
          Thread.sleep(20_000);
        });

    assertOneLine(() -> new Hub(impatient(1)).fetch(SOURCE)).contains("sent nothing for 300 ms");
    assertThat(storage.gets()).hasSize(2);
  }

  @Test
  void aServerThatClaimsTooLittleIsAskedForTheRest() {
    serveModel(
        (request, out) -> {
          if (request.headers().containsKey("range")) {
            file(WEIGHTS).handle(request, out);
          } else {
            reply(out, 200, headers("Content-Length", "1000"), WEIGHTS);
          }
        });

    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
  }

  @Test
  void aServerThatSendsTooMuchIsRefused() throws IOException {
    byte[] longer = Arrays.copyOf(WEIGHTS, WEIGHTS.length + 1);
    serveModel(file(longer));

    assertOneLine(() -> hub().fetch(SOURCE))
        .contains("model.safetensors of hf:tiny/cvt", "more than the 300000 bytes");
    assertNothingIsLeft();
  }

  @Test
  void anEndlessAnswerEndsAtTheLimit() throws IOException {
    hub.on(
        "/endless.pth",
        (request, out) -> {
          head(out, 200, headers("ETag", "\"v1\""));
          while (!request.isHead()) {
            out.write(WEIGHTS);
          }
        });
    HubConfig limited = config().withLimits(new HubConfig.Limits(1_000_000, 1000, false));

    assertOneLine(() -> new Hub(limited).fetch(hub.address() + "/endless.pth"))
        .contains("/endless.pth", "the limit is 1000000");
    assertThat(totalBytes()).isLessThan(1000);
  }

  @Test
  void anAnnouncedSizeBeyondTheLimitIsNotFetched() {
    serveModel(file(WEIGHTS));
    HubConfig limited = config().withLimits(new HubConfig.Limits(1000, 1000, false));

    assertOneLine(() -> new Hub(limited).fetch(SOURCE)).contains("300000", "limit is 1000");
    assertThat(storage.requests()).isEmpty();
  }

  @Test
  void contentWithAnotherDigestIsRemoved() throws IOException {
    byte[] other = WEIGHTS.clone();
    other[12_345] ^= 1;
    serveModel(file(other));

    assertOneLine(() -> hub().fetch(SOURCE))
        .contains("model.safetensors of hf:tiny/cvt", "SHA-256", SHA_256, "removed");
    assertNothingIsLeft();
  }

  @Test
  void aGitFileWithAnotherDigestIsRemoved() throws IOException {
    serveModel(file(WEIGHTS));
    byte[] other = CONFIG.clone();
    other[3] ^= 1;
    hub.on(
        REPO + COMMIT + "/config.json",
        file(other, "ETag", '"' + GIT_SHA + '"', "X-Repo-Commit", COMMIT));

    assertOneLine(() -> hub().fetch(SOURCE)).contains("config.json of hf:tiny/cvt", "SHA-1");
    assertThat(list(cache.resolve("models--tiny--cvt/blobs"))).containsExactly(SHA_256);
  }

  @Test
  void aWebPageIsNotWeights() {
    hub.on(
        "/login.pth", file("<html>".getBytes(UTF_8), "Content-Type", "text/html; charset=utf-8"));

    assertOneLine(() -> hub().fetch(hub.address() + "/login.pth")).contains("web page");
  }

  // Refusals

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

  // The local side

  @Test
  void anInterruptedDownloadStopsAndKeepsTheFlag() throws InterruptedException {
    serveModel(
        (request, out) -> {
          head(out, 200, headers("Content-Length", "300000"));
          out.write(WEIGHTS, 0, 1000);
          out.flush();
          Thread.sleep(20_000);
        });
    HubConfig.Patience patience = config().patience();
    HubConfig patient =
        config()
            .withPatience(
                new HubConfig.Patience(
                    patience.connect(), Duration.ofSeconds(20), patience.lock(), 0, Duration.ZERO));
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                new Hub(
                        patient,
                        (name, done, total) -> {
                          if (done == 1000) {
                            Thread.currentThread().interrupt();
                          }
                        })
                    .fetch(SOURCE);
              } catch (CheckpointException e) {
                thrown.set(e);
                flag.set(Thread.currentThread().isInterrupted());
              }
            });
    thread.start();
    thread.join(10_000);

    assertThat(thrown.get()).hasMessageContaining("interrupted").hasMessageContaining(SOURCE);
    assertThat(flag.get()).isTrue();
  }

  @Test
  void aCacheThatCannotBeWrittenIsNamed() throws IOException {
    serveModel(file(WEIGHTS));
    Path inTheWay = Files.writeString(cache.resolve("models--tiny--cvt"), "a file");

    assertOneLine(() -> hub().fetch(SOURCE))
        .contains("cannot write", inTheWay.toString(), "HF_HUB_CACHE");
  }

  @Test
  void aFullDiskIsNamed() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no /dev/full");
    serveModel(file(WEIGHTS));
    Path blobs = Files.createDirectories(cache.resolve("models--tiny--cvt/blobs"));
    Files.createSymbolicLink(blobs.resolve(SHA_256 + ".incomplete"), full);

    assertOneLine(() -> hub().fetch(SOURCE))
        .contains("cannot write", "incomplete", "No space left", "HF_HUB_CACHE");
    assertThat(storage.gets()).hasSize(1);
  }

  @Test
  void whereLinksAreImpossibleTheSnapshotHasCopies() throws IOException {
    HubCache copying =
        new HubCache(
            cache,
            "models--tiny--cvt",
            (link, target) -> {
              throw new UnsupportedOperationException("no links here");
            });
    Files.createDirectories(copying.blob(SHA_256).getParent());
    Files.write(copying.blob(SHA_256), WEIGHTS);

    Path pointer = copying.link(COMMIT, "model.safetensors", SHA_256);

    assertThat(Files.isSymbolicLink(pointer)).isFalse();
    assertThat(pointer).hasBinaryContent(WEIGHTS);
    assertThat(list(pointer.getParent())).containsExactly("model.safetensors");
  }

  // Addresses

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

  // Helpers

  private Hub hub() {
    return new Hub(config());
  }

  private HubConfig config() {
    return HubConfig.fromEnvironment(
            Map.of(
                "HF_ENDPOINT", hub.address(),
                "HF_TOKEN", SECRET,
                "HF_HUB_CACHE", cache.toString()))
        .withPatience(patience(3));
  }

  private HubConfig impatient(int retries) {
    return config().withPatience(patience(retries));
  }

  private static HubConfig.Patience patience(int retries) {
    return new HubConfig.Patience(
        Duration.ofMillis(300),
        Duration.ofMillis(300),
        Duration.ofMillis(600),
        retries,
        Duration.ofMillis(5));
  }

  /** A hub with weights on the storage server, config.json in git and nothing else. */
  private void serveModel(Handler weights) {
    serve("model.safetensors", weights);
    hub.on(
        REPO + COMMIT + "/config.json",
        file(CONFIG, "ETag", '"' + GIT_SHA + '"', "X-Repo-Commit", COMMIT));
    hub.on(
        REPO + COMMIT + "/preprocessor_config.json",
        status(404, "X-Error-Code", "EntryNotFound", "X-Repo-Commit", COMMIT));
  }

  private void serve(String name, Handler weights) {
    hub.on(REPO + "main/" + name, hubFile());
    hub.on(REPO + COMMIT + "/" + name, hubFile());
    storage.on("/weights", weights);
  }

  private Handler hubFile() {
    return status(
        302,
        "Location",
        storage.address() + "/weights",
        "X-Repo-Commit",
        COMMIT,
        "X-Linked-Etag",
        '"' + SHA_256 + '"',
        "X-Linked-Size",
        "" + WEIGHTS.length);
  }

  private static Handler redirect(String target) {
    return status(302, "Location", target);
  }

  /** A handler that knows how many requests came before. */
  private static Handler numbered(HubTestServer.Numbered handler) {
    AtomicInteger count = new AtomicInteger();
    return (request, out) -> handler.handle(count.incrementAndGet(), request, out);
  }

  /** Promises all and sends some. */
  private static void cutOff(OutputStream out, int bytes) throws IOException {
    head(out, 200, headers("Content-Length", "" + WEIGHTS.length));
    out.write(WEIGHTS, 0, bytes);
  }

  private void part(byte[] content) throws IOException {
    Path blobs = Files.createDirectories(cache.resolve("models--tiny--cvt/blobs"));
    Files.write(blobs.resolve(SHA_256 + ".incomplete"), content);
  }

  private void assertNothingIsLeft() throws IOException {
    assertThat(list(cache.resolve("models--tiny--cvt/blobs"))).isEmpty();
    assertThat(cache.resolve("models--tiny--cvt/refs")).doesNotExist();
  }

  private long totalBytes() throws IOException {
    try (var files = Files.walk(cache)) {
      return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
    }
  }

  private static List<String> list(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).toList();
    }
  }

  private static AbstractStringAssert<?> assertOneLine(ThrowingCallable call) {
    AtomicReference<String> message = new AtomicReference<>();
    assertThatThrownBy(call)
        .isInstanceOf(CheckpointException.class)
        .satisfies(e -> message.set(e.getMessage()));
    return assertThat(message.get()).doesNotContain("\n").doesNotContain("null");
  }

  private static byte[] randomBytes(int size) {
    byte[] bytes = new byte[size];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  private static String hex(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
