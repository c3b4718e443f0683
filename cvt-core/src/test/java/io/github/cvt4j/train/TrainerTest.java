package io.github.cvt4j.train;

import static io.github.cvt4j.train.Runs.ADAMW;
import static io.github.cvt4j.train.Runs.SGD;
import static io.github.cvt4j.train.Runs.SPEC;
import static io.github.cvt4j.train.Runs.config;
import static io.github.cvt4j.train.Runs.requireEqualTensors;
import static io.github.cvt4j.train.Runs.resume;
import static io.github.cvt4j.train.Runs.rich;
import static io.github.cvt4j.train.Runs.train;
import static io.github.cvt4j.train.Runs.trainAndStop;
import static io.github.cvt4j.train.Runs.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.data.DataException;
import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {

  @TempDir Path temporary;

  /** The models are too small to share out; on a busy machine threads would wait for each other. */
  @BeforeEach
  void useOneThread() {
    Engine.setThreads(1);
  }

  private RunFolder folder(String name) {
    return RunFolder.create(temporary.resolve(name), "NAME: test\n");
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
              "timing.csv");
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

  /** Three steps make an epoch here. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5})
  void resumingWithAllThatARunKeepsChangesNothing(int steps) throws IOException {
    RunFolder whole = folder("whole");
    train(rich(), whole);
    RunFolder parts = folder("parts");
    assertThat(trainAndStop(rich(), parts, steps, -1).stopped()).isTrue();
    resume(rich(), Stripes.SMALL, RunFolder.open(temporary.resolve("parts")));
    requireEqualTensors(whole.resume(), parts.resume());
    requireEqualTensors(whole.averaged(), parts.averaged());
    requireEqualTensors(whole.best(), parts.best());
    assertThat(Files.readString(parts.metrics())).isEqualTo(Files.readString(whole.metrics()));
  }

  @Test
  void averagedWeightsAreValidatedAndSavedBesideTheOthers() throws IOException {
    RunFolder folder = folder("run");
    TrainReport report = train(rich(), folder);
    assertThat(report.results())
        .allMatch(result -> result.validation(EpochResult.Weights.RAW).isPresent())
        .allMatch(result -> result.validation(EpochResult.Weights.EMA).isPresent());
    List<String> metrics = Files.readAllLines(folder.metrics());
    assertThat(metrics.get(0)).endsWith(",val_loss,val_top1,val_top5,ema_loss,ema_top1,ema_top5");
    assertThat(metrics.get(2).split(",")).hasSize(10);
    ModelFile averaged = ModelFile.read(folder.averaged());
    EpochResult last = report.results().get(1);
    assertThat(averaged.provenance().source()).endsWith("moving average of the weights, decay 0.9");
    assertThat(averaged.provenance().metrics())
        .containsEntry("val_loss", last.validation(EpochResult.Weights.EMA).orElseThrow().loss());
    assertThat(ModelFile.read(folder.last()).provenance().metrics())
        .containsEntry("val_loss", last.validation(EpochResult.Weights.RAW).orElseThrow().loss());
    EpochResult best = report.best().orElseThrow();
    assertThat(ModelFile.read(folder.best()).provenance().metrics())
        .containsEntry("epoch", (double) best.epoch())
        .containsEntry("val_loss", best.validation().loss());
    assertThat(best.validation())
        .isEqualTo(best.validation(best.best().orElseThrow().weights()).orElseThrow());
  }

  @Test
  void stepsEndARunInTheMiddleOfAnEpoch() throws IOException {
    List<TrainListener.Step> steps = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void onStep(Step step) {
            steps.add(step);
          }
        };
    Course seven = new Course(0, 1, 7, new Course.Validation(1, 0), List.of());
    TrainConfig config = with(config(), seven, config().batches(), Averaging.NONE);
    TrainReport report = train(config, folder("run"), listener);
    assertThat(steps)
        .extracting(step -> step.epoch() + "." + step.batch() + "/" + step.batches())
        .containsExactly("1.1/5", "1.2/5", "1.3/5", "1.4/5", "1.5/5", "2.1/2", "2.2/2");
    assertThat(steps).allMatch(step -> step.gradientNorm() > 0 && step.imagesPerSecond() > 0);
    assertThat(steps.get(1).rate())
        .as("the schedule counts steps")
        .isEqualTo(config.rates().schedule().rate(1));
    assertThat(report.results()).hasSize(2);
    assertThat(report.results().get(0).best()).as("validation begins with epoch 2").isEmpty();
    assertThat(Files.readAllLines(temporary.resolve("run/metrics.csv")).get(1)).endsWith(",,,");
  }

  @Test
  void aLaterStartContinuesTheSchedule() {
    Course later = new Course(1, 2, 0, Course.Validation.ALWAYS, List.of());
    TrainConfig config = with(config(), later, config().batches(), Averaging.NONE);
    RunFolder parts = folder("parts");
    trainAndStop(config, parts, 2, -1);
    TrainReport report = resume(config, Stripes.SMALL, parts);
    assertThat(report.results()).extracting(EpochResult::epoch).containsExactly(2);
    assertThat(report.results().get(0).rate()).isEqualTo(config.rates().rate(1, 4, 5));
  }

  @Test
  void loaderThreadsMakeNoDifference() throws IOException {
    RunFolder two = folder("two");
    train(rich(), two);
    RunFolder none = folder("none");
    TrainConfig alone =
        with(
            rich(), rich().course(), new TrainConfig.Batches(4, 2, true, 4, 0), rich().averaging());
    train(alone, none);
    assertThat(Files.readString(none.metrics())).isEqualTo(Files.readString(two.metrics()));
    requireEqualTensors(two.last(), none.last());
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"BF16", "FP16"})
  void halfTypesLearnAndResumeToTheSameBits(Precision precision) {
    TrainConfig config = with(config(), new Computation(precision, false, false), Safeguards.USUAL);
    RunFolder whole = folder("whole");
    TrainReport report = train(config, whole);
    assertThat(report.results().get(1).trainLoss()).isLessThan(report.results().get(0).trainLoss());
    RunFolder parts = folder("parts");
    trainAndStop(config, parts, 7, -1);
    resume(config, Stripes.SMALL, parts);
    requireEqualTensors(whole.resume(), parts.resume());
  }

  @Test
  void recomputedBlocksTrainTheSameWeights() {
    RunFolder kept = folder("kept");
    train(config(), kept);
    RunFolder recomputed = folder("recomputed");
    train(
        with(config(), new Computation(Precision.FP32, true, false), Safeguards.USUAL), recomputed);
    requireEqualTensors(kept.resume(), recomputed.resume());
  }

  @Test
  void theEndMovesWhereNoRateDependsOnIt() throws IOException {
    TrainConfig three = constantRate(3);
    RunFolder whole = folder("whole");
    train(three, whole);
    RunFolder parts = folder("parts");
    train(constantRate(1), parts);
    TrainReport report = resume(three, Stripes.SMALL, parts.with("NAME: longer\n"));
    assertThat(report.results()).hasSize(3);
    assertThat(parts.config()).as("what the run goes by from now on").hasContent("NAME: longer");
    requireEqualTensors(whole.resume(), parts.resume());
    assertThat(Files.readString(parts.metrics())).isEqualTo(Files.readString(whole.metrics()));

    RunFolder cosine = folder("cosine");
    train(config(ADAMW, 2e-3, 1, 5), cosine);
    assertThatThrownBy(() -> resume(config(ADAMW, 2e-3, 2, 5), Stripes.SMALL, cosine))
        .isInstanceOf(TrainException.class)
        .hasMessage(
            cosine.resume()
                + ": cannot be resumed, rates.schedule.then.cycles.length differs: it was 1.0, now it is 2.0;"
                + " the end of a run can be moved only where no rate depends on it");
  }

  @Test
  void whenItIsValidatedMayChangeAndChangesNoWeights() {
    RunFolder whole = folder("whole");
    train(config(), whole);
    RunFolder parts = folder("parts");
    trainAndStop(config(), parts, 2, -1);
    Course atTheEnd = new Course(0, 2, 0, new Course.Validation(9, 0), List.of());
    TrainConfig changed = with(config(), atTheEnd, config().batches(), Averaging.NONE);
    TrainReport report = resume(changed, Stripes.SMALL, parts);
    assertThat(report.results())
        .extracting(result -> result.best().isPresent())
        .containsExactly(false, true);
    requireEqualTensors(whole.last(), parts.last());
  }

  private static TrainConfig constantRate(int epochs) {
    TrainConfig cosine = config();
    return new TrainConfig(
        cosine.model(),
        cosine.preprocess(),
        cosine.augmentation(),
        cosine.batches(),
        cosine.optimizer(),
        new TrainConfig.Rates(new Schedule.Constant(1e-3), true),
        Course.ofEpochs(epochs),
        cosine.loss(),
        cosine.averaging(),
        cosine.computation(),
        cosine.safeguards(),
        cosine.seed());
  }

  @Test
  void theLatestEpochsAreKeptUnderTheirOwnNames() throws IOException {
    Safeguards three =
        new Safeguards(new Safeguards.Saving(0, 0, true, 2), Safeguards.USUAL.divergence());
    RunFolder folder = folder("run");
    train(with(config(ADAMW, 2e-3, 4, 5), Computation.PLAIN, three), folder);
    Path epochs = temporary.resolve("run").resolve("epochs");
    try (Stream<Path> files = Files.list(epochs)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("epoch-0003.safetensors", "epoch-0004.safetensors");
    }
    requireEqualTensors(folder.last(), folder.epoch(4, EpochResult.Weights.RAW));
  }

  @Test
  void aDivergedRunGoesBackAndOnAtALowerRate() {
    Safeguards back =
        new Safeguards(
            Safeguards.USUAL.saving(),
            new Safeguards.Divergence(Safeguards.Divergence.Action.ROLLBACK, 1, 1e-22));
    TrainConfig wild = config(SGD, 1e20, 2, 5);
    RunFolder folder = folder("run");
    TrainReport report = train(with(wild, Computation.PLAIN, back), folder);
    assertThat(report.results()).hasSize(2);
    assertThat(report.results().get(1).rate()).isEqualTo(1e-22 * wild.rate(1, 4, 5));
    assertThat(ResumeState.read(folder.resume()).progress().rollbacks()).isEqualTo(1);

    Safeguards tooLittle =
        new Safeguards(
            Safeguards.USUAL.saving(),
            new Safeguards.Divergence(Safeguards.Divergence.Action.ROLLBACK, 2, 0.5));
    RunFolder hopeless = folder("hopeless");
    assertThatThrownBy(() -> train(with(wild, Computation.PLAIN, tooLittle), hopeless))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("the last good checkpoint is " + hopeless.resume());
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
            "%s: cannot be resumed, seed differs: it was 5, now it is 6"
                .formatted(folder.resume()));
    assertThatThrownBy(() -> resume(config(SGD, 2e-3, 2, 5), Stripes.SMALL, folder))
        .isInstanceOf(TrainException.class)
        .hasMessageContaining("optimizer.method differs: it was UseAdamW, now it is UseSgd");
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
        .hasMessageContaining("gradient's norm ")
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
            Course.ofEpochs(1),
            new Loss.CrossEntropy(0),
            Averaging.NONE,
            Computation.PLAIN,
            Safeguards.USUAL,
            0);
    assertThatThrownBy(() -> new Trainer(tenClasses, Stripes.SMALL, folder, TrainListener.NONE))
        .isInstanceOf(TrainException.class)
        .hasMessage("the model has 10 classes, but the data has 3");
  }
}
