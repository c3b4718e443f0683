package io.github.cvt4j.app;

import static io.github.cvt4j.app.Cli.done;
import static io.github.cvt4j.app.Cli.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that tells blue, green and red apart (in this order), judged in many ways. */
class ValidateCommandTest {

  private static final int EACH = 20;

  @TempDir private static Path shared;
  private static Path data;
  private static Path weights;

  @TempDir private Path folder;

  @BeforeAll
  static void train() throws IOException {
    data = shared.resolve("data");
    for (String part : List.of("train", "val")) {
      for (String name : List.of("blue", "green", "red")) {
        pictures(data.resolve(part).resolve(name), name);
      }
    }
    Path run = shared.resolve("run");
    done(
        words(
            "train --model cvt-tiny-32 --threads 1 --workers 1 --batch-size 10 --epochs 4",
            "--data",
            data,
            "--output",
            run,
            "TRAIN.IMAGE_SIZE",
            "[16, 16]",
            "TEST.IMAGE_SIZE",
            "[16, 16]",
            "TRAIN.LR",
            "0.01"));
    weights = run.resolve("best.safetensors");
  }

  /** Noisy pictures, brightest in the channel of their colour. */
  private static void pictures(Path folder, String colour) throws IOException {
    Random random = new Random(colour.hashCode());
    Files.createDirectories(folder);
    for (int i = 0; i < EACH; i++) {
      byte[] pixels = new byte[16 * 16 * 3];
      random.nextBytes(pixels);
      for (int p = "rgb".indexOf(colour.charAt(0)); p < pixels.length; p += 3) {
        pixels[p] = (byte) (160 + random.nextInt(96));
      }
      PngWriter.write(new RgbImage(16, 16, pixels), folder.resolve("%02d.png".formatted(i)));
    }
  }

  private static Object[] words(String first, Object... others) {
    List<Object> all = new ArrayList<>(List.of(first.split(" ")));
    all.addAll(List.of(others));
    return all.toArray();
  }

  private static Cli validate(Path pictures, Object... others) {
    return done(validating(pictures, others));
  }

  private static Object[] validating(Path pictures, Object... others) {
    List<Object> all =
        new ArrayList<>(
            List.of("validate", "--threads", 1, "--weights", weights, "--data", pictures));
    all.addAll(List.of(others));
    return all.toArray();
  }

  private static List<JsonNode> lines(Cli run) throws JsonProcessingException {
    List<JsonNode> all = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      all.add(new ObjectMapper().readTree(line));
    }
    return all;
  }

  private static double top1(Cli run) {
    return run.json().get("top1").asDouble();
  }

  @Test
  void theModelHasLearntItsColours() {
    Cli run = validate(data, "--json");
    assertThat(top1(run)).as("the other tests need a good model").isGreaterThan(0.9);
    assertThat(run.err()).isEmpty();
    assertThat(run.json().get("calibration_error").asDouble()).isBetween(0.0, 1.0);
  }

  @Test
  void theSizeOfBatchesMakesNoDifference() {
    JsonNode whole = validate(data, "--json", "--batch-size", 60).json();
    for (int size : new int[] {1, 7, 59}) {
      JsonNode parts = validate(data, "--json", "--batch-size", size).json();
      assertThat(parts.get("count").asInt()).isEqualTo(60);
      assertThat(parts.get("top1").asDouble()).isEqualTo(whole.get("top1").asDouble());
      for (String figure : List.of("loss", "calibration_error")) {
        assertThat(parts.get(figure).asDouble())
            .as("%s in batches of %d", figure, size)
            .isCloseTo(whole.get(figure).asDouble(), within(1e-5));
      }
    }
  }

  @Test
  void anotherOrderOfClassesIsMatchedByName() throws IOException {
    StringBuilder list = new StringBuilder();
    for (String name : List.of("red", "blue", "green")) {
      list.append("val/%s/00.png %s%n".formatted(name, name));
      list.append("val/%s/01.png %s%n".formatted(name, name));
    }
    Path file = Files.writeString(shared.resolve("data/pictures.txt"), list);
    Path classes = Files.writeString(shared.resolve("data/classes.txt"), "red\nblue\ngreen\n");
    Cli run = validate(file, "--json");
    Files.delete(classes);
    assertThat(top1(run)).isGreaterThan(0.8);
    assertThat(run.err().lines())
        .singleElement()
        .asString()
        .startsWith("cvt: note: the data's classes are in another order than the model's");
  }

  @Test
  void aPartOfTheClassesIsMatchedByName() throws IOException {
    pictures(folder.resolve("red"), "red");
    pictures(folder.resolve("blue"), "blue");
    Cli run = validate(folder, "--json");
    assertThat(run.json().get("count").asInt()).isEqualTo(40);
    assertThat(top1(run)).isGreaterThan(0.9);
    assertThat(run.err()).contains("note: the data has 2 of the model's 3 classes");
  }

  @Test
  void aListOfClassNumbersSaysWhichClassesThereAre() throws IOException {
    pictures(folder.resolve("data/n01"), "red");
    pictures(folder.resolve("data/n02"), "blue");
    assertThat(refused(validating(folder.resolve("data"))))
        .contains("the model has 3 classes, the data 2 ('n01' and so on)");
    Path list = Files.writeString(folder.resolve("labels.txt"), "2\n0\n");
    assertThat(top1(validate(folder.resolve("data"), "--json", "--valid-labels", list)))
        .isGreaterThan(0.9);
    assertThat(top1(validate(folder.resolve("data"), "--json", "TEST.VALID_LABELS", list)))
        .isGreaterThan(0.9);
  }

  @Test
  void aWrongOrderOfNamelessClassesIsSaid() throws IOException {
    pictures(folder.resolve("n01"), "green");
    pictures(folder.resolve("n02"), "red");
    pictures(folder.resolve("n03"), "blue");
    Cli run = validate(folder, "--json");
    assertThat(top1(run)).isLessThan(0.2);
    assertThat(run.err().lines()).hasSize(2);
    assertThat(run.err())
        .contains("no class of the data is called as one of the model's")
        .containsPattern(
            "in another order of the classes: 'n0[123]' is mostly taken for the model's class [012],"
                + " '(blue|green|red)'; --valid-labels");
    JsonNode right = validate(data, "--json").json();
    assertThat(right.get("top1").asDouble()).isGreaterThan(0.9);
  }

  @Test
  void everyCropRatioHasItsResultAndRow() throws IOException {
    Path table = folder.resolve("results.csv");
    List<JsonNode> results =
        lines(validate(data, "--json", "--crop", "0.875,1", "--results-file", table));
    assertThat(results).extracting(r -> r.get("crop").asDouble()).containsExactly(0.875, 1.0);
    List<String> rows = Files.readAllLines(table);
    assertThat(rows)
        .hasSize(3)
        .first()
        .isEqualTo("model,top1,top1_err,top5,top5_err,param_count,img_size,crop_pct,interpolation");
    assertThat(rows.get(1)).startsWith("best.safetensors,").contains(",16,0.875,bi");
    assertThat(rows.get(2)).contains(",100.0,0.0,").contains(",16,1.0,bi");
    assertThat(refused(validating(data, "--crop", "1.5"))).contains("crop ratio 1.5");
    assertThat(refused(validating(data, "--crop", "0.9,1", "--confusion", folder.resolve("c.csv"))))
        .contains("--confusion is of one result");
  }

  @Test
  void mirrorImagesAreTakenAndSaid() {
    assertThat(validate(data, "--flip").out()).contains("60 pictures and their mirror images:");
    assertThat(validate(data, "--flip", "--json").json().get("flip").asBoolean()).isTrue();
    assertThat(validate(data).out()).doesNotContain("mirror");
  }

  @Test
  void classesMistakesAndConfusionAreShown() throws IOException {
    // Half of what is called red is blue, so there are mistakes.
    pictures(folder.resolve("data/blue"), "blue");
    pictures(folder.resolve("data/green"), "green");
    pictures(folder.resolve("data/red"), "red");
    pictures(folder.resolve("data/red/more"), "blue");
    Path matrix = folder.resolve("confusion.csv");
    Object[] options = {"--per-class", "--mistakes", 3, "--confusion", matrix};
    Cli run = validate(folder.resolve("data"), options);
    assertThat(run.out()).contains("% of 40  red").contains("red, taken for blue, ");
    assertThat(run.out().lines()).hasSize(1 + 3 + 3);
    assertThat(Files.readAllLines(matrix)).hasSize(4).first().isEqualTo("actual,blue,green,red");
    List<Object> json = new ArrayList<>(List.of(options));
    json.add("--json");
    JsonNode said = validate(folder.resolve("data"), json.toArray()).json();
    assertThat(said.get("classes").findValuesAsText("count")).containsExactly("20", "20", "40");
    assertThat(said.get("mistakes")).hasSize(3);
    assertThat(said.get("mistakes").get(0).get("image").asText()).contains("more");
  }

  @Test
  void reassessedLabelsAreJudgedBeside() throws IOException {
    int number = 0;
    for (String name : List.of("red", "red", "red", "blue", "green")) {
      number++;
      Path pictures = Files.createDirectories(folder.resolve(name));
      Files.copy(
          data.resolve("val").resolve(name).resolve("00.png"),
          pictures.resolve("ILSVRC2012_val_0000000" + number + ".png"));
    }
    // Red is 2: wrong, right, not judged; blue is 0: right; green is 1: wrong.
    Files.writeString(folder.resolve("real.json"), "[[0], [1, 2], [], [0], [2]]");
    JsonNode said = validate(folder, "--json", "--real-labels", folder.resolve("real.json")).json();
    assertThat(said.get("top1").asDouble()).isEqualTo(1);
    assertThat(said.get("real_count").asInt()).isEqualTo(4);
    assertThat(said.get("real_top1").asDouble()).isEqualTo(0.5);
    assertThat(validate(folder, "TEST.REAL_LABELS", "true").out())
        .contains("reassessed labels of 4 pictures: top-1");
    assertThat(refused(validating(data, "--real-labels", folder.resolve("real.json"))))
        .contains("expected ILSVRC2012_val_00000001.JPEG and so on");
  }

  @Test
  void theExperimentMayNameTheWeights() {
    Cli run =
        done(
            "validate",
            "--json",
            "--threads",
            1,
            "--model",
            "cvt-tiny-32",
            "--data",
            data,
            "MODEL.NUM_CLASSES",
            3,
            "TEST.MODEL_FILE",
            weights,
            "TEST.IMAGE_SIZE",
            "[16, 16]");
    assertThat(top1(run)).isGreaterThan(0.8);
  }

  @Test
  void aTableOfAnotherKindIsRefusedBeforeTheWork() throws IOException {
    Path other = Files.writeString(folder.resolve("other.csv"), "a,b\n");
    assertThat(refused(validating(data, "--results-file", other)))
        .contains("not a table of results");
  }

  @Test
  void aFolderThatIsNotThereIsSaidBeforeTheWork() {
    Path lost = folder.resolve("no").resolve("file.csv");
    for (String option : List.of("--results-file", "--confusion")) {
      assertThat(refused(validating(data, option, lost)))
          .contains("there is no folder")
          .doesNotContain("top-1");
    }
  }
}
