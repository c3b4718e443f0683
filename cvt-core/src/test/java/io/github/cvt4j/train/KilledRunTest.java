package io.github.cvt4j.train;

import static io.github.cvt4j.train.Runs.requireEqualTensors;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.tensor.Engine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training process that is killed (SIGKILL), so that nothing of it runs any more. */
class KilledRunTest {

  /** In the second epoch of three steps, after the state that the fourth left. */
  private static final int KILLED_AFTER = 5;

  @TempDir Path temporary;

  private static TrainConfig config() {
    return Runs.with(
        Runs.rich(),
        Computation.PLAIN,
        new Safeguards(
            new Safeguards.Saving(/* everySteps= */ 2, 0, false, 0),
            Safeguards.USUAL.divergence()));
  }

  @Test
  void goesOnFromItsLastSavedStateAsIfNothingHadHappened() throws Exception {
    Engine.setThreads(1);
    Path folder = temporary.resolve("killed");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said = process.inputReader()) {
      assertThat(said.lines().filter("now"::equals).findFirst()).hasValue("now");
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor()).isEqualTo(128 + 9);
    Files.writeString(folder.resolve(".resume.safetensors.half-written.tmp"), "");

    RunFolder killed = RunFolder.open(folder);
    Progress progress = ResumeState.read(killed.resume()).progress();
    assertThat(progress.epoch()).isEqualTo(1);
    assertThat(progress.batch()).as("after one of the epoch's three updates").isEqualTo(2);
    Runs.resume(config(), Stripes.SMALL, killed);

    RunFolder whole = RunFolder.create(temporary.resolve("whole"), "NAME: test\n");
    Runs.train(config(), whole);
    requireEqualTensors(whole.resume(), killed.resume());
    requireEqualTensors(whole.best(), killed.best());
    assertThat(killed.metrics()).hasSameTextualContentAs(whole.metrics());
    assertThat(names(folder)).isEqualTo(names(temporary.resolve("whole")));
  }

  private static java.util.List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** What the other process runs. */
  static final class Child {

    private Child() {}

    public static void main(String[] args) {
      Engine.setThreads(1);
      RunFolder folder = RunFolder.create(Path.of(args[0]), "NAME: test\n");
      int[] steps = {0};
      TrainListener listener =
          new TrainListener() {
            @Override
            public void onStep(Step step) {
              if (++steps[0] == KILLED_AFTER) {
                System.out.println("now");
                awaitTheEnd();
              }
            }
          };
      Runs.train(config(), folder, listener);
    }

    private static void awaitTheEnd() {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
