package io.github.cvt4j.weights;

import static io.github.cvt4j.weights.HubTestServer.file;
import static io.github.cvt4j.weights.HubTestServer.head;
import static io.github.cvt4j.weights.HubTestServer.headers;
import static io.github.cvt4j.weights.HubTestServer.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.weights.HubTestServer.Handler;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hub and the storage server that it redirects to, both on loopback, with one small model that
 * tests can spoil.
 */
@Timeout(30)
abstract class HubTestCase {

  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  static final String SECRET = "hf_secret";
  static final String REPO = "/tiny/cvt/resolve/";
  static final String SOURCE = "hf:tiny/cvt";
  static final byte[] WEIGHTS = randomBytes(300_000);
  static final String SHA_256 = hex("SHA-256", WEIGHTS);
  static final byte[] CONFIG = "{\"model_type\": \"cvt\"}".getBytes(UTF_8);
  static final String GIT_SHA =
      hex("SHA-1", ("blob " + CONFIG.length + "\0" + new String(CONFIG, UTF_8)).getBytes(UTF_8));

  final HubTestServer hub = new HubTestServer();
  final HubTestServer storage = new HubTestServer();

  @TempDir Path cache;

  @AfterEach
  void close() throws IOException {
    hub.close();
    storage.close();
  }

  Hub hub() {
    return new Hub(config());
  }

  HubConfig config() {
    return HubConfig.fromEnvironment(
            Map.of(
                "HF_ENDPOINT", hub.address(),
                "HF_TOKEN", SECRET,
                "HF_HUB_CACHE", cache.toString()))
        .withPatience(patience(Duration.ofSeconds(5), 3));
  }

  /** Gives up soon; for servers that never answer. */
  HubConfig impatient(int retries) {
    return config().withPatience(patience(Duration.ofMillis(300), retries));
  }

  static HubConfig.Patience patience(Duration wait, int retries) {
    return new HubConfig.Patience(wait, wait, wait, retries, Duration.ofMillis(5));
  }

  /** A hub with weights on the storage server, config.json in git and nothing else. */
  void serveModel(Handler weights) {
    serve("model.safetensors", weights);
    hub.on(
        REPO + COMMIT + "/config.json",
        file(CONFIG, "ETag", '"' + GIT_SHA + '"', "X-Repo-Commit", COMMIT));
    hub.on(
        REPO + COMMIT + "/preprocessor_config.json",
        status(404, "X-Error-Code", "EntryNotFound", "X-Repo-Commit", COMMIT));
  }

  void serve(String name, Handler weights) {
    hub.on(REPO + "main/" + name, hubFile());
    hub.on(REPO + COMMIT + "/" + name, hubFile());
    storage.on("/weights", weights);
  }

  Handler hubFile() {
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

  static Handler redirect(String target) {
    return status(302, "Location", target);
  }

  /** A handler that knows how many requests came before. */
  static Handler numbered(HubTestServer.Numbered handler) {
    AtomicInteger count = new AtomicInteger();
    return (request, out) -> handler.handle(count.incrementAndGet(), request, out);
  }

  /** Promises all and sends some. */
  static void cutOff(OutputStream out, int bytes) throws IOException {
    head(out, 200, headers("Content-Length", "" + WEIGHTS.length));
    out.write(WEIGHTS, 0, bytes);
  }

  void part(byte[] content) throws IOException {
    Path blobs = Files.createDirectories(cache.resolve("models--tiny--cvt/blobs"));
    Files.write(blobs.resolve(SHA_256 + ".incomplete"), content);
  }

  void assertNothingIsLeft() throws IOException {
    assertThat(list(cache.resolve("models--tiny--cvt/blobs"))).isEmpty();
    assertThat(cache.resolve("models--tiny--cvt/refs")).doesNotExist();
  }

  long totalBytes() throws IOException {
    try (var files = Files.walk(cache)) {
      return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
    }
  }

  static List<String> list(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).toList();
    }
  }

  static AbstractStringAssert<?> assertOneLine(ThrowingCallable call) {
    AtomicReference<String> message = new AtomicReference<>();
    assertThatThrownBy(call)
        .isInstanceOf(CheckpointException.class)
        .satisfies(e -> message.set(e.getMessage()));
    return assertThat(message.get()).doesNotContain("\n").doesNotContain("null");
  }

  static byte[] randomBytes(int size) {
    byte[] bytes = new byte[size];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  static String hex(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
