package io.github.cvt4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UploadsTest {

  private static final String FORM = "multipart/form-data; boundary=xyz";
  private static final List<byte[]> FILES =
      List.of(new byte[] {1, 2, 3}, new byte[] {13, 10, 45, 45, 120}, new byte[0]);

  private static List<byte[]> read(String type, byte[] body) {
    return Uploads.of(type, body, 3);
  }

  private static void refused(int status, String type, byte[] body, String message) {
    assertThatExceptionOfType(Problem.class)
        .isThrownBy(() -> read(type, body))
        .withMessageContaining(message)
        .satisfies(problem -> assertThat(problem.status()).isEqualTo(status));
  }

  @ParameterizedTest
  @ValueSource(strings = {"image/jpeg", "image/anything", "application/octet-stream", "Image/PNG"})
  void aPictureIsTheBody(String type) {
    assertThat(read(type, new byte[] {7})).containsExactly(new byte[] {7});
  }

  @Test
  void aBodyWithoutATypeIsAPicture() {
    assertThat(read(null, new byte[] {7})).containsExactly(new byte[] {7});
  }

  @Test
  void formsAndJsonHoldSeveral() {
    assertThat(read(FORM, Client.form("image", FILES))).containsExactlyElementsOf(FILES);
    assertThat(read("application/json; charset=utf-8", Client.json(FILES)))
        .containsExactlyElementsOf(FILES);
  }

  @Test
  void moreThanTheMostAreRefused() {
    List<byte[]> four = Client.times(4, new byte[] {1});
    refused(413, "application/json", Client.json(four), "more than 3 pictures");
    refused(413, FORM, Client.form("image", four), "more than 3 pictures");
    List<byte[]> many = Client.times(40, new byte[] {1});
    refused(413, FORM, Client.form("image", many), "more than 3 pictures");
  }

  @Test
  void otherTypesAreRefused() {
    refused(415, "application/x-www-form-urlencoded", new byte[] {1}, "expected image/*");
    refused(415, "text/plain", new byte[] {1}, "text/plain");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{|malformed JSON, line 1",
        "[]|expected an object",
        "{}|no key 'images'",
        "{\"image\":[]}|expected 'images'",
        "{\"images\":\"AQ==\"}|must be an array",
        "{\"images\":[1]}|must hold base64 strings",
        "{\"images\":[[\"AQ==\"]]}|must hold base64 strings",
        "{\"images\":[\"AQ=\"]}|malformed JSON",
        "{\"images\":[\"A*==\"]}|malformed JSON",
        "{\"images\":[\"AQ==\"],\"images\":[\"AQ==\"]}|Duplicate",
        "{\"images\":[\"AQ==\"]} x|malformed JSON",
        "{\"images\":[\"AQ==\"]} {}|something follows",
        "{\"images\":[]}|no picture",
        "null|expected an object",
      })
  void badJsonIsToldWhere(String json, String message) {
    refused(400, "application/json", json.getBytes(UTF_8), message);
  }

  @Test
  void deepJsonIsRefusedBeforeItIsFollowed() {
    byte[] deep = "{\"images\":".concat("[".repeat(100_000)).getBytes(UTF_8);
    refused(400, "application/json", deep, "JSON");
  }

  @Test
  void badFormsAreRefused() {
    byte[] form = Client.form("image", List.of(new byte[] {1}));
    refused(400, "multipart/form-data", form, "without a boundary");
    refused(400, "multipart/form-data; boundary=other", form, "malformed");
    refused(400, "multipart/form-data; boundary=" + "-".repeat(71), form, "at most 70");
    refused(400, FORM, java.util.Arrays.copyOf(form, form.length / 2), "malformed");
    refused(400, FORM, Client.form("file", List.of(new byte[] {1})), "a field 'file'");
    refused(400, FORM, "--xyz--\r\n".getBytes(UTF_8), "no picture");
    refused(
        400,
        FORM,
        ("--xyz\r\nContent-Disposition: form-data; name=\"" + "a".repeat(10_000) + "\"\r\n\r\n")
            .getBytes(UTF_8),
        "malformed");
  }

  @Test
  void ofAPartThereIsOneCopy() {
    byte[] large = new byte[8 << 20];
    byte[] form = Client.form("image", List.of(large));
    read(FORM, form); // loads the classes
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = thread.getCurrentThreadAllocatedBytes();
    List<byte[]> files = read(FORM, form);
    long allocated = thread.getCurrentThreadAllocatedBytes() - before;
    assertThat(files).containsExactly(large);
    assertThat(allocated).as("bytes allocated").isBetween(8L << 20, 9L << 20);
  }

  @Test
  void aBodyIsHandedOver() {
    MemoryBudget memory = new MemoryBudget(0);
    try (Body body = new Body(new byte[] {7}, memory, 1)) {
      assertThat(body.bytes()).containsExactly(7);
      assertThatExceptionOfType(IllegalStateException.class).isThrownBy(body::bytes);
    }
    assertThat(memory.left()).isEqualTo(1);
  }

  @Test
  void emptyBodiesAreRefused() {
    refused(400, "image/png", new byte[0], "the body is empty");
  }
}
