package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.RgbImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplainCommandTest {

  private static final Path PICTURE = Golden.path("preproc/rgb_500x375.png");

  /** Three stages of one block, but two in the last, which has four heads and a class token. */
  private static final List<Object> MODEL =
      List.of(
          "--model",
          Golden.path("tiny/a_default.yaml"),
          "--weights",
          Golden.path("tiny/a_default.weights.safetensors"));

  @TempDir private Path folder;

  private static Object[] words(Object... more) {
    return Stream.of(List.of("explain", PICTURE), MODEL, Arrays.asList(more))
        .flatMap(List::stream)
        .toArray();
  }

  private static double sum(JsonNode values) {
    double sum = 0;
    for (JsonNode value : values) {
      sum += value.asDouble();
    }
    return sum;
  }

  @Test
  void theSheetHasEveryHeadAndMethod() {
    Path sheet = folder.resolve("sheet.png");
    JsonNode said = Cli.done(words("--output", sheet, "--json")).json();
    List<String> maps = new ArrayList<>();
    for (JsonNode map : said.get("maps")) {
      maps.add(
          "%s %s %s %s"
              .formatted(
                  map.get("method").asText(),
                  map.get("stage").asText(),
                  map.path("block").asText("-"),
                  map.path("head").asText("-")));
    }
    assertThat(maps)
        .containsExactly(
            "attention 2 0 mean",
            "attention 2 0 0",
            "attention 2 0 1",
            "attention 2 0 2",
            "attention 2 0 3",
            "attention 2 1 mean",
            "attention 2 1 0",
            "attention 2 1 1",
            "attention 2 1 2",
            "attention 2 1 3",
            "rollout 0 - -",
            "rollout 1 - -",
            "rollout 2 - -",
            "gradcam 0 0 -",
            "gradcam 1 0 -",
            "gradcam 2 1 -",
            "components 0 0 -",
            "components 1 0 -",
            "components 2 1 -");
    assertThat(said.get("predictions")).hasSize(5);
    RgbImage drawn = ImageDecoder.decode(sheet);
    assertThat(drawn.width()).as("five tiles of attention").isGreaterThan(900);
    assertThat(drawn.height()).as("six rows").isGreaterThan(1200);
  }

  @Test
  void jsonTellsValuesAndWhereTheyLie() {
    JsonNode said =
        Cli.done(words("--method", "attention", "--block", 1, "--head", 2, "--json")).json();
    assertThat(said.get("output").isNull()).isTrue();
    JsonNode crop = said.at("/picture/crop");
    assertThat(crop.get("width").asDouble()).as("the whole picture, warped").isEqualTo(500);
    JsonNode map = said.get("maps").get(0);
    assertThat(said.get("maps")).hasSize(1);
    assertThat(map.get("grid").toString()).isEqualTo("[2,2]");
    assertThat(sum(map.get("values"))).isCloseTo(1, within(1e-5));
    // Keys of stage 2: the first is centred at 1.5 of 64 pixels, and they are 32 apart.
    assertThat(map.at("/area/x").asDouble()).isCloseTo(-14.5 / 64 * 500, within(1e-9));
    assertThat(map.at("/area/height").asDouble()).isCloseTo(375, within(1e-9));
  }

  @Test
  void classesAreFoundByNumberAndComponentsAreColours() {
    JsonNode cam =
        Cli.done(words("--method", "gradcam", "--stage", 1, "--class", 7, "--json")).json();
    assertThat(cam.at("/maps/0/class").asInt()).isEqualTo(7);
    JsonNode colours = Cli.done(words("--method", "components", "--stage", 0, "--json")).json();
    assertThat(colours.at("/maps/0/rgb")).hasSize(3 * 16 * 16);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--stage | 3 | stage 3: expected 0 to 2",
        "--block | 2 | block 2: expected 0 to 1",
        "--head | 4 | head 4: expected 0 to 3",
        "--class | zebra | --class zebra: expected the name or number (0 to 9) of one of the model's",
        "--token | 4,0 | token in row 4, column 0: stage 2 has a grid of 4x4",
        "--token | 1 | --token [1]: expected ROW,COLUMN",
        "--method | saliency | saliency",
        "--output | sheet.jpg | sheet.jpg: expected a name that ends in .png",
      })
  void whatCannotBeShownIsRefused(String option, String value, String message) {
    Path sheet = folder.resolve("sheet.png");
    Object[] given =
        option.equals("--output") ? words(option, value) : words("--output", sheet, option, value);
    assertThat(Cli.refused(given)).contains(message);
    assertThat(Files.exists(sheet)).as("a sheet").isFalse();
  }

  @Test
  void nothingToLookWithOrToWriteToIsSaid() {
    assertThat(Cli.refused("explain", PICTURE, "--model", "cvt-13", "--json"))
        .contains("explain with what? give --weights FILE");
    assertThat(Cli.refused(words())).contains("explain where? give --output FILE.png, or --json");
  }
}
