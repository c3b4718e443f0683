package io.github.cvt4j.report;

import io.github.cvt4j.AtomicFile;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.data.AugmentationSheet;
import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.train.EpochResult;
import io.github.cvt4j.train.EpochTiming;
import io.github.cvt4j.train.RunFolder;
import io.github.cvt4j.train.TrainConfig;
import io.github.cvt4j.train.TrainListener;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what people look at in a run folder while the run goes on:
 *
 * <ul>
 *   <li>{@code events.out.tfevents.*}: every step and epoch, for TensorBoard
 *   <li>{@code augmented.png}: training pictures as the network sees them
 *   <li>{@code curves.png}: loss and accuracy, after every epoch
 *   <li>{@code report.html}: everything on one page, after every epoch; {@link #finish} adds the
 *       model's answers
 *   <li>{@code confusion.png}: of the best model, by {@link #finish}
 *   <li>{@code sessions.json}: what trained
 * </ul>
 *
 * <p>A session is only written down once it has trained a step. What cannot be made or written is
 * warned of and never stops a run. For the thread that trains.
 */
public final class RunRecorder implements TrainListener, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunRecorder.class);

  /** The page's file in the run folder. */
  public static final String PAGE = "report.html";

  private static final String CURVES = "curves.png";

  private static final AugmentationSheet.Grid SHEET = new AugmentationSheet.Grid(4, 8);

  private final RunFolder folder;
  private final TrainConfig config;
  private final DataSplit data;
  private final Session session;
  private final TensorBoard tensorBoard;
  private boolean begun;

  /**
   * @param session what is going to train
   */
  public RunRecorder(RunFolder folder, TrainConfig config, DataSplit data, Session session) {
    this.folder = folder;
    this.config = config;
    this.data = data;
    this.session = session;
    tensorBoard = new TensorBoard(folder.path(), folder.config());
  }

  @Override
  public void onBegin(int epochs, int stepsPerEpoch) {
    tensorBoard.onBegin(epochs, stepsPerEpoch);
  }

  @Override
  public void onStep(Step step) {
    if (!begun) {
      begun = true;
      attempt(Session.FILE, () -> session.append(folder.path()));
      attempt(RunReport.AUGMENTED, this::augmented);
    }
    tensorBoard.onStep(step);
  }

  @Override
  public void onEpoch(EpochResult result, EpochTiming timing) {
    tensorBoard.onEpoch(result, timing);
    attempt(CURVES, this::curves);
    page();
  }

  private void curves() throws IOException {
    write(folder.path().resolve(CURVES), CurvesPicture.png(History.read(folder.metrics())));
  }

  private void augmented() throws IOException {
    Path file = folder.path().resolve(RunReport.AUGMENTED);
    if (!Files.exists(file)) {
      RgbImage sheet =
          AugmentationSheet.of(
              data.train(),
              config.augmentation().transform(config.preprocess(), config.preprocess().size()),
              config.augmentation().mixing(config.model().numClasses(), config.loss().smoothing()),
              SHEET,
              config.seed());
      write(file, PngWriter.bytes(sheet));
      tensorBoard.augmented(sheet);
    }
  }

  /** Writes the report of a run that was stopped, as far as it came. Quick. */
  public void stopped() {
    page();
  }

  private void page() {
    attempt(PAGE, () -> RunReport.read(folder).write(folder));
  }

  /**
   * Writes the whole report at the end of a run, as {@link #report} does. To be called after the
   * last epoch, with weights in {@link RunFolder#best}.
   *
   * @param progress told the number of pictures of each batch that is done
   */
  public void finish(IntConsumer progress) {
    attempt(PAGE, () -> report(folder, config, data.validation(), progress));
  }

  /**
   * Asks a run's best model about all validation pictures and writes the whole report, from nothing
   * but the run folder. Takes about as long as a validation.
   *
   * @param validation the pictures that the run was judged by
   * @param progress told the number of pictures of each batch that is done
   * @return the page
   * @throws io.github.cvt4j.InvalidInputException naming a file that is missing, damaged or cannot
   *     be written
   */
  public static Path report(
      RunFolder folder, TrainConfig config, Dataset validation, IntConsumer progress) {
    TrainConfig.Batches batches = config.batches();
    Findings findings =
        Examination.of(
            folder.best(),
            validation,
            Loader.Config.inOrder(batches.evaluationSize(), batches.workers()),
            progress);
    Path page = folder.path().resolve(PAGE);
    try {
      RunReport.read(folder).with(findings).write(folder);
    } catch (IOException e) {
      throw new InvalidInputException(page + ": cannot be written: " + e.getMessage(), e);
    }
    return page;
  }

  private static void write(Path file, byte[] content) throws IOException {
    AtomicFile.write(file, out -> Channels.newOutputStream(out).write(content));
  }

  private interface Attempt {
    void run() throws IOException;
  }

  private void attempt(String what, Attempt attempt) {
    try {
      attempt.run();
    } catch (IOException | RuntimeException e) {
      LOG.warn("{}: no {}: {}", folder, what, e.toString());
    }
  }

  @Override
  public void close() {
    tensorBoard.close();
  }
}
