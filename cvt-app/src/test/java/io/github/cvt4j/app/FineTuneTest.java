package io.github.cvt4j.app;

import static io.github.cvt4j.app.Cli.done;
import static io.github.cvt4j.app.Cli.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trained weights that go on to another size, other classes, or with parts that stay. */
class FineTuneTest {

  /** So little that weights are what they began as, to the last digits. */
  private static final List<String> STANDING =
      List.of("FINETUNE.BASE_LR", "1e-9", "TRAIN.STEPS", "1");

  @TempDir private static Path shared;
  private static Path data;
  private static Path weights;

  @TempDir private Path folder;

  @BeforeAll
  static void train() throws IOException {
    data = Pictures.folders(shared.resolve("data"), "blue", "green", "red");
    Path run = shared.resolve("run");
    done(
        "train",
        "--model",
        "cvt-tiny-32",
        "--data",
        data,
        "--epochs",
        1,
        "--batch-size",
        8,
        "--workers",
        1,
        "--threads",
        1,
        "--output",
        run,
        "TRAIN.IMAGE_SIZE",
        "[16, 16]",
        "TEST.IMAGE_SIZE",
        "[16, 16]",
        "INPUT.MEAN",
        "[0.5, 0.5, 0.5]");
    weights = run.resolve("last.safetensors");
  }

  private Cli tune(Path start, Path pictures, List<String> overrides) {
    List<Object> words =
        new ArrayList<>(
            List.of(
                "train",
                "--config",
                Path.of("..", "configs", "finetune", "folder.yaml"),
                "--weights",
                start,
                "--data",
                pictures,
                "--batch-size",
                8,
                "--workers",
                1,
                "--threads",
                1,
                "--output",
                folder.resolve("tuned"),
                "FINETUNE.BATCH_SIZE",
                "16"));
    words.addAll(overrides);
    return done(words.toArray());
  }

  private ModelFile tuned() {
    return ModelFile.of(Safetensors.read(folder.resolve("tuned").resolve("last.safetensors")))
        .orElseThrow();
  }

  private static ModelFile start() {
    return ModelFile.of(Safetensors.read(weights)).orElseThrow();
  }

  @Test
  void theRecipesSizeComesBeforeThatOfTheWeights() throws IOException {
    Path recipe = folder.resolve("larger.yaml");
    Files.writeString(
        recipe,
        """
        BASE: ['%s']
        FINETUNE: {BATCH_SIZE: 16}
        TRAIN: {IMAGE_SIZE: [24, 24], BATCH_SIZE_PER_GPU: 8, STEPS: 2}
        TEST: {IMAGE_SIZE: [24, 24]}
        """
            .formatted(Path.of("../configs/finetune/oxford-pets.yaml").toRealPath()));
    done(
        "train",
        "--config",
        recipe,
        "--weights",
        weights,
        "--data",
        data,
        "--workers",
        1,
        "--threads",
        1,
        "--output",
        folder.resolve("tuned"));
    ModelFile file = tuned();
    assertThat(file.spec()).isEqualTo(start().spec().withImageSize(Size.square(24)));
    assertThat(file.preprocess().size()).isEqualTo(Size.square(24));
    assertThat(file.preprocess().resize()).isEqualTo(Preprocess.Resize.WARP);
    assertThat(file.preprocess().mean())
        .as("which the recipe leaves to the weights")
        .containsExactly(0.5, 0.5, 0.5);
    assertThat(folder.resolve("tuned").resolve("metrics.csv"))
        .content()
        .as("two steps of 16 pictures are one epoch")
        .hasLineCount(2);
  }

  @Test
  void aRecipeWithoutASizeKeepsThatOfTheWeights() {
    Cli said = tune(weights, data, STANDING);
    assertThat(said.err()).doesNotContain("cvt: ");
    assertThat(tuned().preprocess()).isEqualTo(start().preprocess());
    assertSame(start().weights(), name -> name.equals("head.weight"), 1e-5);
  }

  @Test
  void epochsAreCountedInsteadOfStepsIfAskedFor() throws IOException {
    tune(weights, data, List.of("--epochs", "2"));
    assertThat(Files.readAllLines(folder.resolve("tuned").resolve("metrics.csv"))).hasSize(3);
  }

  @Test
  void classesInAnotherOrderAreMatchedByName() {
    Cli said = tune(reordered("red", "blue", "green"), data, STANDING);
    assertThat(said.err())
        .contains("another order")
        .contains("class 0 is 'blue' here and 'red' there", "matched by name");
    assertThat(tuned().labels()).containsExactly("blue", "green", "red");
    assertSame(start().weights(), name -> name.startsWith("head."), 1e-5);
  }

  @Test
  void someOfTheClassesKeepTheirPartOfTheHead() throws IOException {
    Path two = Pictures.folders(folder.resolve("two"), "blue", "red");
    Cli said = tune(weights, two, STANDING);
    assertThat(said.err()).contains("the data has 2 of the model's 3 classes");
    float[] before = start().weights().get("head.weight").toFloats();
    float[] after = tuned().weights().get("head.weight").toFloats();
    int width = before.length / 3;
    assertThat(after).hasSize(2 * width);
    for (int i = 0; i < width; i++) {
      assertThat(after[i]).as("blue").isCloseTo(before[i], within(1e-5f));
      assertThat(after[width + i]).as("red").isCloseTo(before[2 * width + i], within(1e-5f));
    }
  }

  @Test
  void otherClassesBeginWithANewHead() throws IOException {
    Path other = Pictures.folders(folder.resolve("other"), "blue", "green", "rust");
    Cli said = tune(weights, other, STANDING);
    assertThat(said.err()).contains("the head begins anew, all else is kept");
    float before = start().weights().get("head.weight").toFloats()[0];
    assertThat(tuned().weights().get("head.weight").toFloats()[0])
        .isNotCloseTo(before, within(1e-5f));
    assertSame(start().weights(), name -> name.endsWith(".mlp.fc2.weight"), 1e-5);
  }

  @Test
  void frozenStagesStayToTheLastBit() {
    tune(
        weights,
        data,
        List.of("TRAIN.STEPS", "2", "FINETUNE.FROZEN_LAYERS", "[stage0, stage1.blocks.0]"));
    StateDict before = start().weights();
    Predicate<String> frozen =
        name -> name.startsWith("stage0.") || name.startsWith("stage1.blocks.0.");
    assertSame(before, frozen, 0);
    StateDict after = tuned().weights();
    assertThat(before.names().stream().filter(name -> !frozen.test(name) && isMatrix(name)))
        .allSatisfy(
            name -> assertThat(after.get(name).data()).isNotEqualTo(before.get(name).data()));
  }

  @Test
  void aFrozenLayerThatIsNoneIsRefused() {
    assertThat(
            refused(
                "train",
                "--config",
                Path.of("..", "configs", "finetune", "folder.yaml"),
                "--weights",
                weights,
                "--data",
                data,
                "--threads",
                1,
                "--output",
                folder.resolve("no"),
                "FINETUNE.FROZEN_LAYERS",
                "[stage7]"))
        .contains("frozen layer 'stage7'");
  }

  /** The trained weights as if its classes had been learnt in another order. */
  private Path reordered(String... labels) {
    ModelFile file = start();
    int[] rows = new int[labels.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = file.labels().indexOf(labels[i]);
    }
    Map<String, HostTensor> tensors = new LinkedHashMap<>(file.weights().tensors());
    tensors.computeIfPresent("head.weight", (name, head) -> head.rows(rows));
    tensors.computeIfPresent("head.bias", (name, head) -> head.rows(rows));
    Path path = folder.resolve("reordered.safetensors");
    new ModelFile(
            file.spec(),
            file.preprocess(),
            List.of(labels),
            file.provenance(),
            new StateDict(tensors))
        .write(path);
    return path;
  }

  /** Those that even two steps move by more than rounding. */
  private static boolean isMatrix(String name) {
    return name.equals("head.weight") || name.endsWith(".mlp.fc2.weight");
  }

  private void assertSame(StateDict before, Predicate<String> names, double tolerance) {
    StateDict after = tuned().weights();
    List<String> compared = before.names().stream().filter(names).toList();
    assertThat(compared).isNotEmpty();
    for (String name : compared) {
      if (tolerance == 0) {
        assertThat(after.get(name).data()).as(name).isEqualTo(before.get(name).data());
      } else {
        assertThat(after.get(name).toFloats())
            .as(name)
            .containsExactly(before.get(name).toFloats(), within((float) tolerance));
      }
    }
  }
}
