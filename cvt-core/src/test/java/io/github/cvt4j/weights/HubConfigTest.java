package io.github.cvt4j.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubConfigTest {

  @TempDir private Path folder;

  @Test
  void anEmptyEnvironmentMeansThePublicHubAndTheUsualCache() {
    HubConfig config = HubConfig.fromEnvironment(Map.of("HOME", folder.toString()));

    assertThat(config.endpoint()).hasToString("https://huggingface.co");
    assertThat(config.cache()).isEqualTo(folder.resolve(".cache/huggingface/hub"));
    assertThat(config.token()).isEmpty();
    assertThat(config.offline()).isFalse();
  }

  @Test
  void foldersComeFromTheNearestVariable() {
    assertThat(cache("XDG_CACHE_HOME", "/xdg")).isEqualTo(Path.of("/xdg/huggingface/hub"));
    assertThat(cache("XDG_CACHE_HOME", "/xdg", "HF_HOME", "/hf")).isEqualTo(Path.of("/hf/hub"));
    assertThat(cache("HF_HOME", "/hf", "HUGGINGFACE_HUB_CACHE", "/old")).isEqualTo(Path.of("/old"));
    assertThat(cache("HUGGINGFACE_HUB_CACHE", "/old", "HF_HUB_CACHE", "/c"))
        .isEqualTo(Path.of("/c"));
    assertThat(cache("HOME", "/h", "HF_HOME", "~/models")).isEqualTo(Path.of("/h/models/hub"));
  }

  @Test
  void theTokenComesFromTheVariableElseFromTheFile() throws IOException {
    Files.writeString(folder.resolve("token"), "hf_file\n");
    String home = folder.toString();

    assertThat(HubConfig.fromEnvironment(Map.of("HF_HOME", home)).token()).contains("hf_file");
    assertThat(HubConfig.fromEnvironment(Map.of("HF_HOME", home, "HF_TOKEN", " hf_env ")).token())
        .contains("hf_env");
  }

  @Test
  void theTokenIsNotPrinted() {
    HubConfig config = HubConfig.fromEnvironment(Map.of("HF_TOKEN", "hf_secret"));

    assertThat(config.toString()).doesNotContain("hf_secret");
    assertThatThrownBy(() -> HubConfig.fromEnvironment(Map.of("HF_TOKEN", "hf_secret\r\nX: y")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("HF_TOKEN")
        .hasMessageNotContaining("hf_secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "true", "ON", "Yes"})
  void offlineIsSaidInPythonsWords(String word) {
    assertThat(HubConfig.fromEnvironment(Map.of("HF_HUB_OFFLINE", word)).offline()).isTrue();
  }

  @Test
  void anEndpointMayHaveAPathAndATrailingSlash() {
    assertThat(HubConfig.fromEnvironment(Map.of("HF_ENDPOINT", "http://mirror:81/hf/")).endpoint())
        .hasToString("http://mirror:81/hf");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"huggingface.co", "ftp://x", "https://", "https://u:p@x", "https://x?y", "ht tp:"})
  void aMalformedEndpointIsRefused(String endpoint) {
    assertThatThrownBy(() -> HubConfig.fromEnvironment(Map.of("HF_ENDPOINT", endpoint)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(endpoint);
  }

  private static Path cache(String... namesAndValues) {
    return HubConfig.fromEnvironment(HubTestServer.headers(namesAndValues)).cache();
  }
}
