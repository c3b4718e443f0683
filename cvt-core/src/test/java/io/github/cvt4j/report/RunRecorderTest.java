package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.data.DataException;
import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Shapes;
import io.github.cvt4j.eval.Metrics;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.train.EpochResult;
import io.github.cvt4j.train.EpochTiming;
import io.github.cvt4j.train.RunFolder;
import io.github.cvt4j.train.TrainConfig;
import io.github.cvt4j.train.TrainListener.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunRecorderTest {

  private static final Experiment EXPERIMENT =
      Experiment.defaults()
          .with(
              List.of(
                  "TRAIN.IMAGE_SIZE", "[32, 32]",
                  "TEST.IMAGE_SIZE", "[32, 32]",
                  "MODEL.NUM_CLASSES", "10"));

  private static final Dataset PICTURES = new Shapes(Shapes.Part.TRAIN, 20, 32, 0);
  private static final Session SESSION = new Session("./cvt train", "now", "shapes", Map.of());
  private static final EpochResult RESULT =
      new EpochResult(
          1,
          1e-3,
          2,
          0.5,
          List.of(
              new EpochResult.Validation(
                  EpochResult.Weights.RAW, new Metrics(20, 0.5, 0.75, 1.5))));
  private static final EpochTiming TIMING = new EpochTiming(1, 100, 0.01, 3, 1);

  @TempDir private Path temporary;

  private RunFolder folder() {
    return RunFolder.create(temporary.resolve("run"), EXPERIMENT.toYaml());
  }

  private static RunRecorder recorder(RunFolder folder, Dataset pictures) {
    return new RunRecorder(
        folder, TrainConfig.of(EXPERIMENT), new DataSplit(pictures, pictures), SESSION);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(temporary.resolve("run"))) {
      return files
          .map(file -> file.getFileName().toString().replaceFirst("^events\\..*", "events"))
          .sorted()
          .toList();
    }
  }

  private static void epoch(RunRecorder recorder) {
    recorder.onBegin(2, 1);
    recorder.onStep(new Step(1, 1, 1, 2, 1e-3, 1, 100));
    recorder.onEpoch(RESULT, TIMING);
  }

  /** As the trainer writes them before it tells of an epoch. */
  private static void writeTables(RunFolder folder) throws IOException {
    Files.writeString(
        folder.metrics(),
        "epoch,rate,train_loss,train_top1,val_loss,val_top1,val_top5\n1,1e-3,2,0.5,1.5,0.5,0.75\n");
    Files.writeString(
        folder.timing(),
        "epoch,images_per_second,data_wait_share,train_seconds,validation_seconds\n1,100,0.01,3,1\n");
  }

  @Test
  void everythingIsThereAfterAnEpoch() throws IOException {
    RunFolder folder = folder();
    writeTables(folder);
    try (RunRecorder recorder = recorder(folder, PICTURES)) {
      epoch(recorder);
    }
    assertThat(files())
        .containsExactly(
            "augmented.png",
            "config.yaml",
            "curves.png",
            "events",
            "metrics.csv",
            "report.html",
            "sessions.json",
            "timing.csv");
    assertThat(Files.readString(folder.path().resolve(RunRecorder.PAGE)))
        .contains("<h1>run</h1>", "50.00 %", "./cvt train", "data:image/png");
  }

  @Test
  void aRunThatDoesNothingLeavesNothing() throws IOException {
    RunFolder folder = folder();
    try (RunRecorder recorder = recorder(folder, PICTURES)) {
      recorder.onBegin(2, 1);
    }
    assertThat(files()).containsExactly("config.yaml");
  }

  /** Every picture fails, the table is damaged, and one file's name is taken by a folder. */
  @Test
  void nothingThatGoesWrongStopsARun() throws IOException {
    RunFolder folder = folder();
    Files.writeString(folder.metrics(), "epoch\nx\n");
    Files.createDirectories(folder.path().resolve(Session.FILE).resolve("x"));
    try (RunRecorder recorder = recorder(folder, new Unreadable(PICTURES))) {
      epoch(recorder);
      recorder.stopped();
      recorder.finish(count -> {});
    }
    assertThat(files()).containsExactly("config.yaml", "events", "metrics.csv", "sessions.json");
  }

  @Test
  void aReportWithoutWeightsIsRefusedByTheirName() {
    RunFolder folder = folder();
    assertThatThrownBy(
            () -> RunRecorder.report(folder, TrainConfig.of(EXPERIMENT), PICTURES, count -> {}))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("best.safetensors");
  }

  @Test
  void aMachineThatCannotDrawIsNoReasonToFail() {
    assertThatThrownBy(
            () ->
                Drawing.png(
                    8,
                    8,
                    graphics -> {
                      throw new InternalError("no fonts");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("this machine cannot draw");
  }

  private record Unreadable(Dataset pictures) implements Dataset {

    @Override
    public int size() {
      return pictures.size();
    }

    @Override
    public List<String> classes() {
      return pictures.classes();
    }

    @Override
    public int label(int index) {
      return pictures.label(index);
    }

    @Override
    public RgbImage image(int index) {
      throw new DataException(name(index) + ": cannot be read");
    }

    @Override
    public String name(int index) {
      return pictures.name(index);
    }
  }
}
