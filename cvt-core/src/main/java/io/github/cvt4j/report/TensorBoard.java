package io.github.cvt4j.report;

import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.train.EpochResult;
import io.github.cvt4j.train.EpochTiming;
import io.github.cvt4j.train.TrainListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what it hears to event files for TensorBoard ({@code tensorboard --logdir runs}), steps
 * counted from 1 over all epochs. A run that goes on does so in a new file. A file that cannot be
 * written ends this with a warning, and never the training. For the thread that trains.
 */
final class TensorBoard implements TrainListener, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TensorBoard.class);

  private final Path folder;
  private final DoubleSupplier clock;
  private final Path config;
  private RgbImage augmented;
  private EventFile file;
  private boolean done;
  private int stepsPerEpoch;
  private long latest; // step

  /**
   * @param folder takes the files; the run's own, after which TensorBoard calls the run
   * @param config the file of the run's settings
   */
  TensorBoard(Path folder, Path config) {
    this(folder, config, () -> System.currentTimeMillis() / 1000.0);
  }

  /** The same with a clock, in seconds since 1970, that tests can turn. */
  TensorBoard(Path folder, Path config, DoubleSupplier clock) {
    this.folder = folder;
    this.config = config;
    this.clock = clock;
  }

  @Override
  public void onBegin(int epochs, int ofEpoch) {
    stepsPerEpoch = ofEpoch;
  }

  @Override
  public void onStep(Step step) {
    long number = (step.epoch() - 1L) * stepsPerEpoch + step.batch();
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("train/loss", step.loss());
    values.put("train/rate", step.rate());
    values.put("train/gradient_norm", step.gradientNorm());
    values.put("images_per_second", step.imagesPerSecond());
    if (number <= latest) { // the run went back to its last saved state
      write(number, events -> events.restart(number));
    }
    latest = number;
    write(number, events -> events.scalars(number, values));
  }

  @Override
  public void onEpoch(EpochResult result, EpochTiming timing) {
    long number = (long) result.epoch() * stepsPerEpoch;
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("train/top1", result.trainTop1());
    for (EpochResult.Validation validation : result.validations()) {
      String weights = validation.weights() == EpochResult.Weights.EMA ? "ema/" : "val/";
      values.put(weights + "loss", validation.metrics().loss());
      values.put(weights + "top1", validation.metrics().top1());
      values.put(weights + "top5", validation.metrics().top5());
    }
    write(number, events -> events.scalars(number, values));
  }

  /** The sheet of augmented pictures, which the run's first file is to hold. */
  void augmented(RgbImage sheet) {
    augmented = sheet;
  }

  private interface Writing {
    void to(EventFile events) throws IOException;
  }

  private void write(long step, Writing writing) {
    if (done) {
      return;
    }
    try {
      if (file == null) {
        begin(step);
      }
      writing.to(file);
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("no more events for TensorBoard in {}: {}", folder, e.toString());
      done = true;
    }
  }

  private void begin(long step) throws IOException {
    boolean resumed;
    try (Stream<Path> files = Files.list(folder)) {
      resumed = files.anyMatch(EventFile::isEvents);
    }
    file = EventFile.create(folder, clock);
    if (resumed) {
      file.restart(step);
    } else {
      file.text(0, "config", "```yaml\n" + Files.readString(config) + "```\n");
      if (augmented != null) {
        byte[] png = PngWriter.bytes(augmented);
        file.image(0, "augmented", augmented.height(), augmented.width(), png);
      }
    }
  }

  @Override
  public void close() {
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        LOG.warn("events for TensorBoard in {}: {}", folder, e.toString());
      }
      done = true;
    }
  }
}
