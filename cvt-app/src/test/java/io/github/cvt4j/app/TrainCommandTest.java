package io.github.cvt4j.app;

import static io.github.cvt4j.app.Cli.cvt;
import static io.github.cvt4j.app.Cli.done;
import static io.github.cvt4j.app.Cli.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cvt4j.tensor.Processor;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One short training on generated pictures, and what users do with what it leaves. */
class TrainCommandTest {

  private static final List<String> FILES =
      List.of(
          "best.safetensors",
          "config.yaml",
          "last.safetensors",
          "metrics.csv",
          "resume.safetensors",
          "timing.csv");

  /** What people look at; says when it was made. */
  private static final List<String> SHOWN =
      List.of(
          "augmented.png", "confusion.png", "curves.png", "events", "report.html", "sessions.json");

  /** Enough for the figures to move, little enough for a test. */
  private static final List<String> RECIPE =
      List.of(
          "--threads",
          "1",
          "--workers",
          "1",
          "--batch-size",
          "8",
          "TRAIN.IMAGE_SIZE",
          "[16, 16]",
          "TEST.IMAGE_SIZE",
          "[16, 16]",
          "TRAIN.LR",
          "0.01");

  @TempDir private static Path shared;
  private static Path data;
  private static Path run;
  private static Cli trained;

  @TempDir private Path folder;

  @BeforeAll
  static void train() throws IOException {
    data = Pictures.folders(shared.resolve("data"), "blue", "red");
    run = shared.resolve("run");
    trained = done(training("--model", "cvt-tiny-32", "--data", data, "--epochs", 2, "-o", run));
  }

  private static Object[] training(Object... words) {
    List<Object> all = new ArrayList<>(List.of("train"));
    all.addAll(List.of(words));
    all.addAll(RECIPE);
    return all.toArray();
  }

  @Test
  void theRunFolderIsComplete() throws IOException {
    assertThat(names(run)).isEqualTo(FILES);
    assertThat(shown(run)).isEqualTo(SHOWN);
    assertThat(run.resolve("metrics.csv")).content().startsWith("epoch,rate,train_loss");
    assertThat(metrics(run)).hasSize(2);
    assertThat(Files.readAllLines(run.resolve("timing.csv"))).hasSize(3);
    assertThat(trained.out()).contains("best epoch").contains(run.resolve("best.safetensors") + "");
    assertThat(trained.out()).contains("report: " + run.resolve("report.html"));
    assertThat(trained.err())
        .contains("epoch 1/2: loss")
        .contains("epoch 2/2: loss")
        .doesNotContain("WARN");
  }

  @Test
  void theReportShowsTheBestModelsAnswers() throws IOException {
    String page = Files.readString(run.resolve("report.html"));
    assertThat(page)
        .contains("Class by class", "Confusion matrix", "scored on 24 validation pictures")
        .contains("./cvt train --model cvt-tiny-32", "libtorch")
        .doesNotContain("http://", "https://", "<script");
    JsonNode sessions = new ObjectMapper().readTree(run.resolve("sessions.json").toFile());
    assertThat(sessions).hasSize(1);
    assertThat(sessions.get(0).get("data").asText()).contains("24 pictures", "blue, red");
  }

  @Test
  void theReportCanBeMadeAgainFromTheRunFolder() throws IOException {
    Path copy = copyOfRun();
    Files.copy(run.resolve("sessions.json"), copy.resolve("sessions.json"));
    Files.copy(run.resolve("augmented.png"), copy.resolve("augmented.png"));
    JsonNode said = done("report", copy, "--json", "--threads", 1).json();
    assertThat(said.get("report").asText()).isEqualTo(copy.resolve("report.html").toString());
    assertThat(Files.readString(copy.resolve("report.html")))
        .isEqualTo(
            Files.readString(run.resolve("report.html"))
                .replace(">run<", ">copy<")
                .replace("<title>run:", "<title>copy:"));
    assertThat(refused("report", folder)).contains("not a run folder, there is no config.yaml");
    assertThat(
            refused(
                "report", copy, "--data", Pictures.folders(folder.resolve("no"), "blue", "green")))
        .contains("best.safetensors: its classes are not those");
  }

  @Test
  void theBestWeightsScoreAsTheMetricsSay() throws IOException {
    double[] best =
        metrics(run).stream()
            .max(Comparator.<double[]>comparingDouble(row -> row[5]).thenComparing(row -> -row[4]))
            .orElseThrow();
    JsonNode scored =
        done("validate", "--weights", best(), "--data", data, "--json", "--threads", 1).json();
    assertThat(scored.get("count").asInt()).isEqualTo(24);
    assertThat(scored.get("top1").asDouble()).isCloseTo(best[5], within(1e-6));
    assertThat(scored.get("loss").asDouble()).isCloseTo(best[4], within(1e-5));
    assertThat(scored.get("top5").asDouble()).isEqualTo(1); // of two classes
  }

  @Test
  void predictingNamesTheClasses() {
    Path red = data.resolve("val").resolve("red").resolve("3.png");
    JsonNode said = done("predict", "--weights", best(), "--json", "--threads", 1, red).json();
    assertThat(said.get("image").asText()).isEqualTo(red.toString());
    assertThat(said.get("predictions").findValuesAsText("label"))
        .containsExactlyInAnyOrder("blue", "red");
    double sum = 0;
    for (JsonNode prediction : said.get("predictions")) {
      sum += prediction.get("probability").asDouble();
    }
    assertThat(sum).isCloseTo(1, within(1e-6));
    assertThat(done("predict", "--weights", best(), "--top", 1, "--threads", 1, red).out())
        .matches("(?s).*3\\.png\\s+\\d+\\.\\d\\d %  (red|blue)\\s+");
  }

  @Test
  void resumingAFinishedRunChangesNothing() throws IOException {
    Path copy = copyOfRun();
    Cli resumed = done("train", "--resume", "--output", copy, "--threads", 1);
    assertThat(resumed.out()).contains("best epoch");
    for (String file : FILES) {
      assertThat(copy.resolve(file)).hasSameBinaryContentAs(run.resolve(file));
    }
    assertThat(names(copy)).isEqualTo(FILES);
  }

  @Test
  void resumingWithOtherSettingsIsRefused() throws IOException {
    Path copy = copyOfRun();
    assertThat(refused("train", "--resume", "--output", copy, "--epochs", 3, "--threads", 1))
        .contains("resume.safetensors: cannot be resumed");
    assertThat(refused("train", "--resume", "--output", copy, "--data", data)).contains("--resume");
    assertThat(copy.resolve("metrics.csv")).hasSameBinaryContentAs(run.resolve("metrics.csv"));
  }

  @Test
  void theSavedConfigurationRepeatsTheRun() {
    Path again = folder.resolve("again");
    done("train", "--config", run.resolve("config.yaml"), "--output", again, "--threads", 1);
    assertThat(again.resolve("metrics.csv")).hasSameTextualContentAs(run.resolve("metrics.csv"));
    assertThat(again.resolve("config.yaml")).hasSameTextualContentAs(run.resolve("config.yaml"));
  }

  /** What is resumed on another machine goes on in the type that this one chose. */
  @Test
  void theChosenTypeIsKept() throws IOException {
    Path mixed = folder.resolve("mixed");
    Path config = run.resolve("config.yaml");
    done(
        "train",
        "--config",
        config,
        "--output",
        mixed,
        "--epochs",
        1,
        "--threads",
        1,
        "AMP.ENABLED",
        "True");
    String chosen = Processor.here().multipliesBf16() ? "bf16" : "fp32";
    assertThat(Files.readString(config)).contains("DTYPE: \"auto\"");
    assertThat(Files.readString(mixed.resolve("config.yaml")))
        .contains("DTYPE: \"" + chosen + "\"");
  }

  @Test
  void weightsThatDoNotSayTheirShapeTakeTheConfigurations() throws IOException {
    Path bare = folder.resolve("bare.safetensors");
    Safetensors.write(bare, new StateDict(Safetensors.read(best()).tensors()));
    Path tuned = folder.resolve("tuned");
    done(
        "train",
        "--config",
        run.resolve("config.yaml"),
        "--weights",
        bare,
        "--epochs",
        1,
        "--output",
        tuned,
        "--threads",
        1);
    assertThat(names(tuned)).isEqualTo(FILES);
    assertThat(
            refused("train", "--weights", bare, "--data", data, "--output", folder.resolve("no")))
        .contains("does not say which model it is");
  }

  @Test
  void anotherSeedIsAnotherRun() {
    Path other = folder.resolve("other");
    done(
        "train",
        "--config",
        run.resolve("config.yaml"),
        "--seed",
        7,
        "--output",
        other,
        "--threads",
        1);
    assertThat(contentOf(other.resolve("metrics.csv")))
        .isNotEqualTo(contentOf(run.resolve("metrics.csv")));
  }

  @Test
  void fineTuningOnOtherClassesNeedsThemAllowed() throws IOException {
    Path three = Pictures.folders(folder.resolve("three"), "blue", "green", "red");
    Path tuned = folder.resolve("tuned");
    Object[] words =
        training("--weights", best(), "--data", three, "--epochs", 1, "--output", tuned);

    Cli refusal = cvt(words);
    assertThat(refusal.firstLineOfRefusal()).contains("2 of another shape");
    assertThat(refusal.err())
        .contains("- head.weight float[3, 128]", "+ head.weight F32[2, 128]")
        .contains("- head.bias float[3]", "+ head.bias F32[2]");
    assertThat(tuned).doesNotExist();

    List<Object> allowed = new ArrayList<>(List.of(words));
    allowed.addAll(1, List.of("--allow", "head.*"));
    done(allowed.toArray());
    assertThat(names(tuned)).isEqualTo(FILES);
    Path picture = three.resolve("val").resolve("green").resolve("0.png");
    assertThat(
            done(
                    "predict",
                    "--weights",
                    tuned.resolve("best.safetensors"),
                    "--json",
                    "--threads",
                    1,
                    picture)
                .json()
                .get("predictions")
                .findValuesAsText("label"))
        .containsExactlyInAnyOrder("blue", "green", "red");
  }

  @Test
  void theFineTuningRecipeChangesHeadSizeAndLengthByItself() throws IOException {
    Path three = Pictures.folders(folder.resolve("three"), "blue", "green", "red");
    Path tuned = folder.resolve("tuned");
    Cli said =
        done(
            training(
                "--weights",
                best(),
                "--data",
                three,
                "--output",
                tuned,
                "FINETUNE.FINETUNE",
                "True",
                "FINETUNE.BATCH_SIZE",
                "16",
                "FINETUNE.HEAD_ONLY",
                "True",
                "TRAIN.STEPS",
                "5",
                "TRAIN.IMAGE_SIZE",
                "[20, 20]",
                "TEST.IMAGE_SIZE",
                "[20, 20]"));
    assertThat(said.err())
        .contains("the weights know 2 classes and the data has 3: the head begins anew");
    assertThat(names(tuned)).isEqualTo(FILES);
    StateDict before = Safetensors.read(best());
    StateDict after = Safetensors.read(tuned.resolve("last.safetensors"));
    before
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (!name.startsWith("head.")) {
                assertThat(after.get(name).data()).as(name).isEqualTo(tensor.data());
              }
            });
    assertThat(after.get("head.weight").shape()).containsExactly(3, 128);
    assertThat(metrics(tuned)).as("two steps make an epoch").hasSize(3);
  }

  @Test
  void validatingOnOtherLabelsIsRefused() throws IOException {
    Path other = Pictures.folders(folder.resolve("other"), "blue", "rot");
    assertThat(refused("validate", "--weights", best(), "--data", other, "--threads", 1))
        .contains(
            "class 'rot' of the data is none of the model's 2; 'red' of the model is not in the data");
  }

  private static Path best() {
    return run.resolve("best.safetensors");
  }

  private Path copyOfRun() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    for (String file : FILES) {
      Files.copy(run.resolve(file), copy.resolve(file));
    }
    return copy;
  }

  private static List<String> names(Path folder) throws IOException {
    return all(folder).filter(name -> !SHOWN.contains(name)).toList();
  }

  private static List<String> shown(Path folder) throws IOException {
    return all(folder).filter(SHOWN::contains).toList();
  }

  private static Stream<String> all(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString().replaceFirst("^events\\..*", "events"))
          .sorted()
          .toList()
          .stream();
    }
  }

  /** epoch, rate, train_loss, train_top1, val_loss, val_top1, val_top5. */
  private static List<double[]> metrics(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.csv")).stream()
        .skip(1)
        .map(row -> Stream.of(row.split(",")).mapToDouble(Double::parseDouble).toArray())
        .toList();
  }

  private static String contentOf(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
