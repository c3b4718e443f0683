package io.github.cvt4j.train;

import io.github.cvt4j.AtomicFile;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a training run. Each is written beside its place and moved there in one step, so a
 * file is always whole, and what is there stays when writing fails.
 *
 * <ul>
 *   <li>{@code config.yaml}: the experiment, resolved; training by it repeats the run
 *   <li>{@code last.safetensors}, {@code best.safetensors}: model files; {@code
 *       averaged.safetensors} too where weights are averaged, {@code epochs/} where all are kept
 *   <li>{@code resume.safetensors}: what going on needs
 *   <li>{@code metrics.csv}: one row per epoch; equal for equal runs
 *   <li>{@code timing.csv}: one row per epoch; how long things took
 * </ul>
 */
public final class RunFolder {

  private static final Logger LOG = LoggerFactory.getLogger(RunFolder.class);

  private static final String CONFIG = "config.yaml";
  private static final String RESUME = "resume.safetensors";
  private static final String EPOCHS = "epochs";
  private static final Pattern EPOCH = Pattern.compile("epoch-(\\d{1,7})(-ema)?\\.safetensors");

  /** What a process that was killed leaves of a file that it was writing. */
  private static final Pattern UNFINISHED =
      Pattern.compile("\\..+\\.(safetensors|csv|png|html|json)\\..+\\.tmp");

  private final Path folder;
  private final String recipe;

  private RunFolder(Path folder, String recipe) {
    this.folder = folder;
    this.recipe = recipe;
  }

  /**
   * A folder for a new run; made if it is not there.
   *
   * @param config the resolved experiment, as YAML
   * @throws TrainException if it holds a run already or cannot be written to
   */
  public static RunFolder create(Path folder, String config) {
    RunFolder run = new RunFolder(folder, config);
    if (Files.exists(run.resume()) || Files.exists(run.last())) {
      throw new TrainException(
          folder + ": holds a training run already; resume it or choose another folder");
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new TrainException(folder + ": cannot be made a run folder: " + e, e);
    }
    run.write(run.config(), config.getBytes(StandardCharsets.UTF_8));
    return run;
  }

  /**
   * The folder of a run that is to go on.
   *
   * @throws TrainException if there is nothing to resume in it, or its configuration is gone
   */
  public static RunFolder open(Path folder) {
    Path resume = folder.resolve(RESUME);
    if (!Files.isRegularFile(resume)) {
      throw new TrainException(
          "%s: nothing to resume, there is no %s in it".formatted(folder, RESUME));
    }
    deleteUnfinished(folder);
    return at(folder);
  }

  /**
   * The folder of any run, to look at.
   *
   * @throws TrainException if there is no configuration in it
   */
  public static RunFolder at(Path folder) {
    Path config = folder.resolve(CONFIG);
    if (!Files.isRegularFile(config)) {
      throw new TrainException(
          "%s: not a run folder, there is no %s in it".formatted(folder, CONFIG));
    }
    try {
      return new RunFolder(folder, Files.readString(config));
    } catch (IOException e) {
      throw new TrainException(config + ": cannot be read: " + e, e);
    }
  }

  /** The same run going on by another experiment, which is written once it is accepted. */
  public RunFolder with(String config) {
    return new RunFolder(folder, config);
  }

  /** Writes the experiment, where it is not what the folder says. */
  void writeConfig() {
    try {
      if (Files.readString(config()).equals(recipe)) {
        return;
      }
    } catch (IOException e) {
      LOG.debug("rewriting {}: {}", config(), e.toString());
    }
    write(config(), recipe.getBytes(StandardCharsets.UTF_8));
  }

  private static void deleteUnfinished(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (UNFINISHED.matcher(file.getFileName().toString()).matches()) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      LOG.warn("what an earlier process left unfinished stays: {}", e.toString());
    }
  }

  /** The resolved experiment as YAML. */
  String recipe() {
    return recipe;
  }

  /** The folder itself. */
  public Path path() {
    return folder;
  }

  /** The resolved experiment. */
  public Path config() {
    return folder.resolve(CONFIG);
  }

  /** The model after the last epoch, or where the run was stopped. */
  public Path last() {
    return folder.resolve("last.safetensors");
  }

  /** The moving average of the weights, where one is kept, at the same time as {@link #last}. */
  public Path averaged() {
    return folder.resolve("averaged.safetensors");
  }

  /** The model after the epoch with the best validation. */
  public Path best() {
    return folder.resolve("best.safetensors");
  }

  /** The weights after an epoch, from 1, where all epochs are kept. */
  public Path epoch(int epoch, EpochResult.Weights weights) {
    String name = weights == EpochResult.Weights.EMA ? "epoch-%04d-ema" : "epoch-%04d";
    return folder.resolve(EPOCHS).resolve(name.formatted(epoch) + ".safetensors");
  }

  /** Makes room for {@link #epoch} files. */
  void keepEpochs() {
    try {
      Files.createDirectories(folder.resolve(EPOCHS));
    } catch (IOException e) {
      throw new TrainException(folder.resolve(EPOCHS) + ": cannot be made: " + e.getMessage(), e);
    }
  }

  /** Deletes the weights of epochs up to the given one. */
  void forgetEpochs(int last) {
    try (Stream<Path> files = Files.list(folder.resolve(EPOCHS))) {
      for (Path file : files.toList()) {
        Matcher name = EPOCH.matcher(file.getFileName().toString());
        if (name.matches() && Integer.parseInt(name.group(1)) <= last) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      LOG.warn("old epochs' weights stay: {}", e.toString());
    }
  }

  /** The training state. */
  public Path resume() {
    return folder.resolve(RESUME);
  }

  /** Figures of each epoch. */
  public Path metrics() {
    return folder.resolve("metrics.csv");
  }

  /** Times of each epoch. */
  public Path timing() {
    return folder.resolve("timing.csv");
  }

  /** Rewrites the tables. */
  void report(List<EpochResult> results, List<EpochTiming> timings) {
    write(metrics(), RunTables.metrics(results).getBytes(StandardCharsets.UTF_8));
    write(timing(), RunTables.timing(timings).getBytes(StandardCharsets.UTF_8));
  }

  private void write(Path file, byte[] content) {
    try {
      AtomicFile.write(file, out -> Channels.newOutputStream(out).write(content));
    } catch (IOException e) {
      throw new TrainException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  @Override
  public String toString() {
    return folder.toString();
  }
}
