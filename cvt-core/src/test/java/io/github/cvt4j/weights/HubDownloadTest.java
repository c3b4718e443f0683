package io.github.cvt4j.weights;

import static io.github.cvt4j.weights.HubTestServer.file;
import static io.github.cvt4j.weights.HubTestServer.head;
import static io.github.cvt4j.weights.HubTestServer.headers;
import static io.github.cvt4j.weights.HubTestServer.reply;
import static io.github.cvt4j.weights.HubTestServer.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Servers that cut off, stall and lie. */
class HubDownloadTest extends HubTestCase {

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

    assertThat(new Hub(impatient(3)).fetch(SOURCE).weights()).hasBinaryContent(WEIGHTS);
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

  @Test
  void aFileThatTheDiskHasNoRoomForIsNotBegun() {
    long huge = 1L << 60;
    HubFile file =
        new HubFile(
            URI.create(storage.address() + "/weights"),
            "w",
            "w of somebody",
            "blob",
            huge,
            Optional.empty(),
            Optional.of(Map.of()),
            huge);
    Download download =
        new Download(new HubHttp(config()), file, cache.resolve("blob"), HubProgress.NONE);

    assertOneLine(download::run).contains("w of somebody needs " + huge, "HF_HUB_CACHE");
    assertThat(storage.requests()).isEmpty();
  }
}
