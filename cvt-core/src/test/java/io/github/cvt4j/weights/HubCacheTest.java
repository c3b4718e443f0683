package io.github.cvt4j.weights;

import static io.github.cvt4j.weights.HubTestServer.file;
import static io.github.cvt4j.weights.HubTestServer.head;
import static io.github.cvt4j.weights.HubTestServer.headers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cvt4j.weights.HubTestServer.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What is kept, shared, reused and locked. */
class HubCacheTest extends HubTestCase {

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
      assertOneLine(() -> new Hub(impatient(0)).fetch(SOURCE))
          .contains("another download", lock.toString());
    } finally {
      held.close();
    }
    assertThat(hub().fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
  }

  @Test
  void twoProcessesFetchAFileOnce() throws Exception {
    String branch = "HEAD " + REPO + "main/model.safetensors";
    serveModel(
        (request, out) -> {
          while (hub.requests().stream().filter(r -> r.toString().equals(branch)).count() < 2) {
            Thread.sleep(20);
          }
          Thread.sleep(300); // the other process now finds the file locked
          file(WEIGHTS).handle(request, out);
        });

    Process one = fetchInAnotherProcess();
    Process other = fetchInAnotherProcess();

    assertThat(one.waitFor()).isZero();
    assertThat(other.waitFor()).isZero();
    assertThat(storage.gets()).hasSize(1);
    assertThat(new Hub(config().withOffline(true)).fetch(SOURCE).weights())
        .hasBinaryContent(WEIGHTS);
  }

  private Process fetchInAnotherProcess() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Fetch.class.getName(),
            SOURCE);
    builder.environment().put("HF_ENDPOINT", hub.address());
    builder.environment().put("HF_HUB_CACHE", cache.toString());
    return builder
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** What the other process runs. */
  static final class Fetch {

    private Fetch() {}

    public static void main(String[] args) {
      new Hub(HubConfig.fromEnvironment(System.getenv())).fetch(args[0]);
    }
  }

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
}
