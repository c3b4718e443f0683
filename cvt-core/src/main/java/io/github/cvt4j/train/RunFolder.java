package io.github.cvt4j.train;

import io.github.cvt4j.AtomicFile;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The files of a training run. Each is written beside its place and moved there in one step, so a
 * file is always whole, and what is there stays when writing fails.
 *
 * <ul>
 *   <li>{@code config.yaml}: the experiment, resolved; training by it repeats the run
 *   <li>{@code last.safetensors}, {@code best.safetensors}: model files
 *   <li>{@code resume.safetensors}: what going on needs
 *   <li>{@code metrics.csv}: one row per epoch; equal for equal runs
 *   <li>{@code timing.csv}: one row per epoch; how long things took
 * </ul>
 */
public final class RunFolder {

  private static final String CONFIG = "config.yaml";
  private static final String RESUME = "resume.safetensors";

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
    return at(folder);
  }

  /**
   * The folder of any run, to look at.
   *
   * @throws TrainException if there is no configuration in it
   */
  public static RunFolder at(Path folder) {
    Path config = folder.resolve(CONFIG);
    try {
      return new RunFolder(folder, Files.readString(config));
    } catch (IOException e) {
      throw new TrainException(config + ": cannot be read: " + e, e);
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

  /** The model after the epoch with the best validation. */
  public Path best() {
    return folder.resolve("best.safetensors");
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
    StringBuilder table =
        new StringBuilder("epoch,rate,train_loss,train_top1,val_loss,val_top1,val_top5\n");
    for (EpochResult result : results) {
      table.append(
          String.format(
              Locale.ROOT,
              "%d,%.6g,%.6f,%.6f,%.6f,%.6f,%.6f\n",
              result.epoch(),
              result.rate(),
              result.trainLoss(),
              result.trainTop1(),
              result.validation().loss(),
              result.validation().top1(),
              result.validation().top5()));
    }
    write(metrics(), table.toString().getBytes(StandardCharsets.UTF_8));
    table =
        new StringBuilder(
            "epoch,images_per_second,data_wait_share,train_seconds,validation_seconds\n");
    for (EpochTiming timing : timings) {
      table.append(
          String.format(
              Locale.ROOT,
              "%d,%.2f,%.4f,%.2f,%.2f\n",
              timing.epoch(),
              timing.imagesPerSecond(),
              timing.dataWaitShare(),
              timing.trainSeconds(),
              timing.validationSeconds()));
    }
    write(timing(), table.toString().getBytes(StandardCharsets.UTF_8));
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
