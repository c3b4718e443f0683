package io.github.cvt4j.report;

import static io.github.cvt4j.report.EventReader.has;
import static io.github.cvt4j.report.EventReader.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.eval.Metrics;
import io.github.cvt4j.report.EventReader.Field;
import io.github.cvt4j.train.EpochResult;
import io.github.cvt4j.train.EpochResult.Validation;
import io.github.cvt4j.train.EpochResult.Weights;
import io.github.cvt4j.train.EpochTiming;
import io.github.cvt4j.train.TrainListener.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardTest {

  @TempDir private Path folder;
  private Path config;

  @BeforeEach
  void writeTheConfiguration() throws IOException {
    config = Files.writeString(folder.resolve("config.yaml"), "NAME: x\n");
  }

  private static Step step(int epoch, int batch) {
    return new Step(epoch, batch, 3, 10 * epoch + batch, 0.5, Double.NaN, 100);
  }

  private static EpochResult result(int epoch) {
    return new EpochResult(
        epoch,
        0.5,
        2,
        0.25,
        List.of(
            new Validation(Weights.RAW, new Metrics(8, 0.5, 0.75, 1.5)),
            new Validation(Weights.EMA, new Metrics(8, 0.625, 0.875, 1.25))));
  }

  private static final EpochTiming TIMING = new EpochTiming(1, 1, 0, 1, 1);

  private void session(double time, List<Step> steps, int epochEnded) {
    try (TensorBoard board = new TensorBoard(folder, config, () -> time)) {
      board.onBegin(2, 3);
      steps.forEach(board::onStep);
      if (epochEnded > 0) {
        board.onEpoch(result(epochEnded), TIMING);
      }
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(EventFile::isEvents).sorted().toList();
    }
  }

  /** {@code step tag=value}. */
  private static List<String> scalars(Path file) throws IOException {
    List<String> found = new ArrayList<>();
    for (List<Field> event : EventReader.read(file)) {
      if (!has(event, 5)) {
        continue;
      }
      for (Field value : only(event, 5).message()) {
        List<Field> fields = value.message();
        if (has(fields, 2)) {
          float number = Float.intBitsToFloat((int) only(fields, 2).value());
          found.add(only(event, 2).value() + " " + only(fields, 1).text() + "=" + number);
        }
      }
    }
    return found;
  }

  @Test
  void stepsAreCountedOverEpochsAndValidationStandsAtTheLast() throws IOException {
    session(1000, List.of(step(1, 3), step(2, 1)), 2);
    assertThat(scalars(files().get(0)))
        .containsExactly(
            "3 train/loss=13.0",
            "3 train/rate=0.5",
            "3 images_per_second=100.0",
            "4 train/loss=21.0",
            "4 train/rate=0.5",
            "4 images_per_second=100.0",
            "6 train/top1=0.25",
            "6 val/loss=1.5",
            "6 val/top1=0.5",
            "6 val/top5=0.75",
            "6 ema/loss=1.25",
            "6 ema/top1=0.625",
            "6 ema/top5=0.875");
  }

  @Test
  void theConfigurationIsInTheFirstFile() throws IOException {
    session(1000, List.of(step(1, 1)), 0);
    List<Field> text =
        only(only(EventReader.read(files().get(0)).get(1), 5).message(), 1).message();
    assertThat(only(only(text, 8).message(), 8).text()).isEqualTo("```yaml\nNAME: x\n```\n");
  }

  @Test
  void aResumedRunGoesOnInANewFileThatTakesItsStepsBack() throws IOException {
    session(1000, List.of(step(1, 1), step(1, 2)), 0);
    session(2000, List.of(step(1, 2), step(1, 3)), 1);
    assertThat(files()).hasSize(2);
    List<List<Field>> second = EventReader.read(files().get(1));
    assertThat(only(second.get(1), 2).value()).as("step of the restart").isEqualTo(2);
    assertThat(only(only(second.get(1), 7).message(), 1).value()).isEqualTo(1);
    assertThat(scalars(files().get(1)))
        .startsWith("2 train/loss=12.0")
        .contains("3 train/loss=13.0", "3 val/top1=0.5");
  }

  @Test
  void aRunThatRollsBackTakesItsStepsBackToo() throws IOException {
    session(1000, List.of(step(1, 1), step(1, 2), step(1, 3), step(1, 2)), 0);
    List<List<Field>> restarts =
        EventReader.read(files().get(0)).stream().filter(event -> has(event, 7)).toList();
    assertThat(restarts).hasSize(1);
    assertThat(only(restarts.get(0), 2).value()).as("step of the restart").isEqualTo(2);
  }

  @Test
  void nothingIsWrittenBeforeThereIsSomethingToSay() throws IOException {
    session(1000, List.of(), 0);
    assertThat(files()).isEmpty();
  }

  @Test
  void aFolderThatIsGoneStopsNothing() throws IOException {
    TensorBoard board = new TensorBoard(folder.resolve("gone"), config);
    board.onStep(step(1, 1));
    board.onStep(step(1, 2));
    board.close();
    assertThat(files()).isEmpty();
  }
}
