package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.data.DataException;
import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.data.RandomResizedCrop;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {

  private static final CvtSpec SPEC = Tiny.small(3);
  private static final OptimizerConfig ADAMW =
      new OptimizerConfig(
          new OptimizerConfig.UseAdamW(AdamW.Options.DEFAULT),
          0.05,
          ParameterGroup.PUBLISHED,
          /* clipNorm= */ 5);
  private static final OptimizerConfig SGD =
      new OptimizerConfig(
          new OptimizerConfig.UseSgd(Sgd.Options.DEFAULT),
          1e-4,
          ParameterGroup.PUBLISHED,
          /* clipNorm= */ 0);

  @TempDir Path temporary;

  /** The models are too small to share out; on a busy machine threads would wait for each other. */
  @BeforeEach
  void useOneThread() {
    Engine.setThreads(1);
  }

  private static TrainConfig config(OptimizerConfig optimizer, double rate, int epochs, long seed) {
    Preprocess preprocess = Preprocess.standard(SPEC.imageSize());
    return new TrainConfig(
        SPEC,
        preprocess,
        new Augmentation(
            new Augmentation.Resized(
                RandomResizedCrop.USUAL_SCALE,
                RandomResizedCrop.USUAL_RATIO,
                preprocess.interpolation()),
            0.5),
        new TrainConfig.Batches(4, 4, 2),
        optimizer,
        new TrainConfig.Rates(
            new Schedule.Cosine(rate, epochs, rate / 100, 1, rate / 10), /* perStep= */ true),
        epochs,
        0.1,
        seed);
  }

  private static TrainConfig config() {
    return config(ADAMW, 2e-3, 2, 5);
  }

  private RunFolder folder(String name) {
    return RunFolder.create(temporary.resolve(name), "NAME: test\n");
  }

  private static TrainReport train(TrainConfig config, RunFolder folder) {
    try (Cvt model = new Cvt(config.model(), config.seed())) {
      return new Trainer(config, Stripes.SMALL, folder, TrainListener.NONE).train(model);
    }
  }

  private static TrainReport resume(TrainConfig config, DataSplit data, RunFolder folder) {
    try (Cvt model = new Cvt(config.model(), /* seed= */ 999)) {
      return new Trainer(config, data, folder, TrainListener.NONE).resume(model);
    }
  }

  /** Trains until so many steps, or pictures of validation, have been seen, counted over epochs. */
  private static TrainReport trainAndStop(
      TrainConfig config, RunFolder folder, int steps, int validations) {
    AtomicInteger stepsLeft = new AtomicInteger(steps);
    AtomicInteger validationsLeft = new AtomicInteger(validations);
    Trainer[] trainer = new Trainer[1];
    TrainListener stopper =
        new TrainListener() {
          @Override
          public void onStep(Step step) {
            if (stepsLeft.decrementAndGet() == 0) {
              trainer[0].stop();
            }
          }

          @Override
          public void onValidation(int epoch, int done, int total) {
            if (validationsLeft.decrementAndGet() == 0) {
              trainer[0].stop();
            }
          }
        };
    trainer[0] = new Trainer(config, Stripes.SMALL, folder, stopper);
    try (Cvt model = new Cvt(config.model(), config.seed())) {
      return trainer[0].train(model);
    }
  }

  private static void requireEqualTensors(Path one, Path other) {
    Map<String, HostTensor> expected = Safetensors.read(one).tensors();
    Map<String, HostTensor> found = Safetensors.read(other).tensors();
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, tensor) -> assertThat(found.get(name).data()).as(name).isEqualTo(tensor.data()));
  }

  @Test
  void learnsAndLeavesACompleteRunFolder() throws IOException {
    RunFolder folder = folder("run");
    TrainReport report = train(config(ADAMW, 5e-3, 12, 1), folder);
    assertThat(report.stopped()).isFalse();
    assertThat(report.results()).hasSize(12);
    assertThat(report.best().orElseThrow().validation().top1()).isGreaterThan(0.6);
    assertThat(report.results().get(11).trainLoss())
        .isLessThan(report.results().get(0).trainLoss());
    assertThat(report.timings()).allMatch(timing -> timing.imagesPerSecond() > 0);
    assertThat(report.timings())
        .allMatch(timing -> timing.dataWaitShare() >= 0 && timing.dataWaitShare() <= 1);
    List<String> metrics = Files.readAllLines(folder.metrics());
    assertThat(metrics).hasSize(13);
    assertThat(metrics.get(0))
        .isEqualTo("epoch,rate,train_loss,train_top1,val_loss,val_top1,val_top5");
    assertThat(metrics.get(12)).startsWith("12,");
    assertThat(Files.readAllLines(folder.timing())).hasSize(13);
    assertThat(Files.readString(folder.config())).isEqualTo("NAME: test\n");
    ModelFile best = ModelFile.read(folder.best());
    assertThat(best.spec()).isEqualTo(SPEC);
    assertThat(best.labels()).containsExactly("top", "middle", "bottom");
    assertThat(best.provenance().recipe()).isEqualTo("NAME: test\n");
    assertThat(best.provenance().metrics())
        .containsEntry("val_top1", 100 * report.best().orElseThrow().validation().top1())
        .containsEntry("epoch", (double) report.best().orElseThrow().epoch());
    try (Stream<Path> files = Files.list(temporary.resolve("run"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("nothing temporary stays")
          .containsExactlyInAnyOrder(
              "config.yaml",
              "last.safetensors",
              "best.safetensors",
              "resume.safetensors",
              "metrics.csv",
              "timing.csv",
              "curves.png");
    }
  }

  @Test
  void theSameSeedGivesTheSameRun() throws IOException {
    RunFolder one = folder("one");
    RunFolder two = folder("two");
    RunFolder other = folder("other");
    train(config(), one);
    train(config(), two);
    train(config(ADAMW, 2e-3, 2, 6), other);
    assertThat(Files.readString(two.metrics())).isEqualTo(Files.readString(one.metrics()));
    assertThat(Files.readString(other.metrics())).isNotEqualTo(Files.readString(one.metrics()));
    requireEqualTensors(one.last(), two.last());
  }

  /** Five steps make an epoch: inside the first, at its end, inside the second. */
  @ParameterizedTest
  @ValueSource(ints = {2, 5, 7})
  void resumingAfterAStepChangesNothing(int steps) throws IOException {
    RunFolder whole = folder("whole");
    train(config(), whole);
    RunFolder parts = folder("parts");
    assertThat(trainAndStop(config(), parts, steps, -1).stopped()).isTrue();
    resume(config(), Stripes.SMALL, RunFolder.open(temporary.resolve("parts")));
    requireEqualTensors(whole.last(), parts.last());
    requireEqualTensors(whole.best(), parts.best());
    assertThat(Files.readString(parts.metrics())).isEqualTo(Files.readString(whole.metrics()));
  }

  @Test
  void resumingAValidationChangesNothing() throws IOException {
    RunFolder whole = folder("whole");
    train(config(), whole);
    RunFolder parts = folder("parts");
    TrainReport report = trainAndStop(config(), parts, -1, 5);
    assertThat(report.stopped()).isTrue();
    assertThat(report.results()).hasSize(1);
    resume(config(), Stripes.SMALL, parts);
    requireEqualTensors(whole.last(), parts.last());
    assertThat(Files.readString(parts.metrics())).isEqualTo(Files.readString(whole.metrics()));
  }

  @Test
  void resumingWithMomentumChangesNothing() {
    TrainConfig config = config(SGD, 0.02, 2, 5);
    RunFolder whole = folder("whole");
    train(config, whole);
    RunFolder parts = folder("parts");
    trainAndStop(config, parts, 6, -1);
    resume(config, Stripes.SMALL, parts);
    requireEqualTensors(whole.resume(), parts.resume());
  }

  @Test
  void aFinishedRunStaysAsItIs() {
    RunFolder folder = folder("run");
    TrainReport report = train(config(), folder);
    assertThat(resume(config(), Stripes.SMALL, folder)).isEqualTo(report);
  }

  @Test
  void stoppedBeforeTheFirstStepItStillResumes() {
    RunFolder whole = folder("whole");
    train(config(), whole);
    RunFolder parts = folder("parts");
    Trainer trainer = new Trainer(config(), Stripes.SMALL, parts, TrainListener.NONE);
    trainer.stop();
    try (Cvt model = new Cvt(SPEC, config().seed())) {
      assertThat(trainer.train(model).stopped()).isTrue();
    }
    resume(config(), Stripes.SMALL, parts);
    requireEqualTensors(whole.last(), parts.last());
  }

  @Test
  void refusesToResumeWithOtherSettings() {
    RunFolder folder = folder("run");
    trainAndStop(config(), folder, 2, -1);
    assertThatThrownBy(() -> resume(config(ADAMW, 2e-3, 2, 6), Stripes.SMALL, folder))
        .isInstanceOf(TrainException.class)
        .hasMessage(
            "%s: cannot be resumed, the seed differs: it was 5, now it is 6"
                .formatted(folder.resume()));
    assertThatThrownBy(() -> resume(config(SGD, 2e-3, 2, 5), Stripes.SMALL, folder))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("the optimizer differs");
    DataSplit other = new DataSplit(new Stripes(25, 1), new Stripes(10, 2));
    assertThatThrownBy(() -> resume(config(), other, folder))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("the data differs: it was")
        .hasMessageContaining("22 pictures")
        .hasMessageContaining("25 pictures");
  }

  @Test
  void refusesADamagedTrainingState() throws IOException {
    RunFolder folder = folder("run");
    trainAndStop(config(), folder, 2, -1);
    Files.copy(folder.last(), folder.resume(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> resume(config(), Stripes.SMALL, folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("holds no training state");
  }

  /** What was written, with one value changed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"batch\":2|\"batch\":-2|is damaged",
        "\"batch\":2|\"batch\":2000|beyond the end",
        "\"epoch\":0|\"epoch\":1|is damaged",
        "\"epoch\":0|\"epoch\":\"x\"|is damaged",
        "\"results\":[]|\"results\":null|is damaged",
        "\"results\":[]|\"results\":[[[|is damaged",
        "\"results\":[]|\"other\":[]|is damaged",
      })
  void refusesADamagedProgress(String text, String damaged, String message) {
    RunFolder folder = folder("run");
    trainAndStop(config(), folder, 2, -1);
    StateDict state = Safetensors.read(folder.resume());
    Map<String, String> metadata = new HashMap<>(state.metadata());
    assertThat(metadata.get("progress")).contains(text);
    metadata.computeIfPresent("progress", (key, json) -> json.replace(text, damaged));
    Safetensors.write(folder.resume(), state.withMetadata(metadata));
    assertThatThrownBy(() -> resume(config(), Stripes.SMALL, folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesAFolderThatHoldsARun() {
    trainAndStop(config(), folder("run"), 1, -1);
    assertThatThrownBy(() -> folder("run"))
        .isInstanceOf(TrainException.class)
        .hasMessage(
            temporary.resolve("run")
                + ": holds a training run already; resume it or choose another folder");
    assertThatThrownBy(() -> RunFolder.open(temporary.resolve("nothing")))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("nothing to resume");
  }

  @Test
  void refusesAFolderThatCannotBeWritten() throws IOException {
    Files.writeString(temporary.resolve("file"), "");
    assertThatThrownBy(() -> folder("file"))
        .isInstanceOf(TrainException.class)
        .hasMessageStartingWith(temporary.resolve("file") + ": cannot be made a run folder");
  }

  @Test
  void whenSavingFailsNothingSavedIsLost() throws IOException {
    RunFolder folder = folder("run");
    trainAndStop(config(), folder, 2, -1);
    byte[] before = Files.readAllBytes(folder.resume());
    // A folder in the place of a file is what even root cannot overwrite.
    Files.delete(folder.last());
    Files.createDirectories(folder.last().resolve("in the way"));
    assertThatThrownBy(() -> resume(config(), Stripes.SMALL, folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(folder.last() + ": cannot be written")
        .hasMessageNotContaining("\n");
    assertThat(Files.readAllBytes(folder.resume())).isEqualTo(before);
  }

  @Test
  void aLossThatIsNoNumberEndsTheRun() {
    RunFolder folder = folder("run");
    assertThatThrownBy(() -> train(config(SGD, 1e20, 3, 5), folder))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("in epoch 1, step ")
        .hasMessageContaining("learning rate ")
        .hasMessageContaining("the last good checkpoint is none, as no epoch has ended")
        .hasMessageNotContaining("\n");
    assertThat(folder.last()).doesNotExist();
  }

  @Test
  void refusesDataThatDoesNotFit() {
    RunFolder folder = folder("run");
    DataSplit few = new DataSplit(new Stripes(3, 1), new Stripes(10, 2));
    assertThatThrownBy(() -> new Trainer(config(), few, folder, TrainListener.NONE))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "3 pictures do not fill one batch of 4; expected more pictures or a smaller batch size");
    TrainConfig tenClasses =
        new TrainConfig(
            Tiny.small(10),
            config().preprocess(),
            config().augmentation(),
            config().batches(),
            config().optimizer(),
            config().rates(),
            1,
            0,
            0);
    assertThatThrownBy(() -> new Trainer(tenClasses, Stripes.SMALL, folder, TrainListener.NONE))
        .isInstanceOf(TrainException.class)
        .hasMessage("the model has 10 classes, but the data has 3");
  }
}
