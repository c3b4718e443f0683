package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreprocessCommandTest {

  private static final Path PICTURE = Golden.path("preproc/rgb_500x375.png");

  @TempDir private Path folder;

  @Test
  void tensorsAreTheReferences() {
    StateDict expected =
        Safetensors.read(Golden.path("preproc/rgb_500x375.png.expected.safetensors"));
    Path output = folder.resolve("seen.safetensors");
    JsonNode said =
        Cli.done("preprocess", PICTURE, "--size", 224, "--output", output, "--json").json();
    assertThat(said.get("resize").asText()).isEqualTo("crop");
    assertThat(said.get("crop_ratio").asDouble()).isEqualTo(0.875);
    StateDict seen = Safetensors.read(output);
    assertThat(seen.get("pixels").shape()).containsExactly(224, 224, 3);
    assertThat(seen.get("pixels").data()).isEqualTo(expected.get("crop224_bicubic").data());
    assertThat(seen.get("input").shape()).containsExactly(1, 3, 224, 224);
    float[] input = seen.get("input").toFloats();
    float[] normalized = expected.get("crop224_bicubic.normalized").toFloats();
    for (int i = 0; i < input.length; i++) {
      assertThat(Math.abs(input[i] - normalized[i])).as("input %d", i).isLessThanOrEqualTo(1e-6f);
    }
  }

  @Test
  void thePngShowsTheSamePixels() {
    Path output = folder.resolve("seen.png");
    Cli.done("preprocess", PICTURE, "--size", 384, "--resize", "warp", "--output", output);
    assertThat(ImageDecoder.decode(output).pixels())
        .isEqualTo(
            bytes(
                Safetensors.read(Golden.path("preproc/rgb_500x375.png.expected.safetensors")),
                "warp384_bicubic"));
  }

  @Test
  void otherEndingsAreRefused() {
    assertThat(Cli.refused("preprocess", PICTURE, "--output", folder.resolve("seen.gif")))
        .contains("seen.gif")
        .contains(".png or .safetensors");
  }

  private static byte[] bytes(StateDict state, String name) {
    byte[] pixels = new byte[(int) state.get(name).elements()];
    state.get(name).data().get(pixels);
    return pixels;
  }
}
