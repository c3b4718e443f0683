package io.github.cvt4j.train;

import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.train.Safeguards.Divergence;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a model, epoch after epoch, and keeps its run folder up to date. Runs once, on one thread;
 * {@link #stop} may be called from any.
 *
 * <p>Results depend on the configuration, the data, the starting weights and the number of threads
 * that libtorch uses, not on when a run was stopped and resumed: order and augmentation of pictures
 * come from seed and epoch, drops from seed and step.
 */
public final class Trainer {

  private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);

  private final TrainConfig config;
  private final DataSplit data;
  private final RunFolder folder;
  private final Checkpoints checkpoints;
  private final TrainListener listener;
  private final Validator validator;
  private final int batchesPerEpoch;
  private final int stepsPerEpoch;
  private final long dropSeed;
  private final List<EpochResult> results = new ArrayList<>();
  private final List<EpochTiming> timings = new ArrayList<>();
  private volatile boolean stopping;

  private Learner learner;
  private Loader training; // of the size of the epoch's pictures
  private int rollbacks;
  private long saved; // when, System.nanoTime()

  // The epoch under way.
  private int epoch;
  private int batch;
  private EpochSums sums;

  /**
   * A run that has not begun.
   *
   * @param data learnt from and judged by
   * @param folder takes the results
   * @throws TrainException if the data has another number of classes than the model
   * @throws io.github.cvt4j.InvalidInputException if there are too few pictures for a batch
   */
  public Trainer(TrainConfig config, DataSplit data, RunFolder folder, TrainListener listener) {
    this.config = config;
    this.data = data;
    this.folder = folder;
    this.listener = listener;
    int classes = data.train().classes().size();
    if (classes != config.model().numClasses()) {
      throw new TrainException(
          "the model has %d classes, but the data has %d"
              .formatted(config.model().numClasses(), classes));
    }
    checkpoints = new Checkpoints(config, data, folder);
    training = loader(config.course().begin());
    batchesPerEpoch = training.batches();
    stepsPerEpoch = config.batches().steps(batchesPerEpoch);
    validator = new Validator(config, data.validation(), listener, () -> stopping);
    dropSeed = new SplittableRandom(config.seed()).nextLong();
  }

  private Loader loader(int ofEpoch) {
    Size size = config.course().size(ofEpoch, config.preprocess().size());
    if (training != null && training.size().equals(size)) {
      return training;
    }
    training = null; // its buffers may go before there are new ones
    return new Loader(
        data.train(),
        config.augmentation().transform(config.preprocess(), size),
        config.batches().training(config.seed()).repeated(config.augmentation().repeats()),
        config.augmentation().mixing(config.model().numClasses(), config.loss().smoothing()));
  }

  /**
   * Trains from the first epoch on.
   *
   * @param start with fresh or pretrained weights; stays the caller's, and is the trained model
   *     afterwards
   * @throws TrainException if the loss stops being a number, or the folder cannot be written to
   * @throws io.github.cvt4j.InvalidInputException naming a picture that cannot be read
   */
  public TrainReport train(Cvt start) {
    return run(start, null);
  }

  /**
   * Goes on where the run in the folder stopped.
   *
   * @param target of the configuration's shape; its weights are replaced
   * @throws TrainException if a setting or the data is not what the run began with, otherwise as
   *     {@link #train}
   */
  public TrainReport resume(Cvt target) {
    ResumeState state = ResumeState.read(folder.resume());
    state.requireSettings(settings(), folder.resume());
    if (state.progress().batch() > batchesPerEpoch || state.progress().epoch() > epochs()) {
      throw new TrainException(folder.resume() + ": its progress is beyond the end of the run");
    }
    folder.writeConfig();
    return run(target, state);
  }

  /**
   * Makes the run end after the step under way, with a checkpoint to resume from; also before it
   * begins. Returns at once.
   */
  public void stop() {
    stopping = true;
  }

  private Map<String, String> settings() {
    Map<String, String> settings = config.settings();
    settings.put("the data", DataSignature.of(data));
    return settings;
  }

  /** From the beginning, or from a saved state. */
  private TrainReport run(Cvt model, ResumeState state) {
    if (!model.spec().equals(config.model())) {
      throw new IllegalArgumentException("the model is not the one of the configuration");
    }
    try (Learner created = new Learner(model, config)) {
      learner = created;
      begin(state);
      listener.onBegin(epochs(), stepsPerEpoch);
      boolean going = true;
      while (going && epoch < epochs()) {
        going = epochOrRollback();
      }
      if (!going) {
        requireFiniteWeights();
        checkpoints.last(learner, results);
        save();
      }
      return new TrainReport(results, timings, !going);
    }
  }

  private void begin(ResumeState state) {
    saved = System.nanoTime();
    if (state != null) {
      load(state);
      if (!results.isEmpty()) {
        folder.report(results, timings); // the process may have ended right before it
      }
      return;
    }
    epoch = config.course().begin();
    sums = EpochSums.NONE;
    if (config.safeguards().divergence().action() == Divergence.Action.ROLLBACK) {
      save(); // so that there is something to go back to
    }
  }

  private void load(ResumeState state) {
    learner.load(state);
    Progress progress = state.progress();
    epoch = progress.epoch();
    batch = progress.batch();
    sums = progress.sums();
    rollbacks = progress.rollbacks();
    results.clear();
    results.addAll(progress.results());
    timings.clear();
    timings.addAll(progress.timings());
  }

  private boolean epochOrRollback() {
    Divergence rule = config.safeguards().divergence();
    try {
      return epoch();
    } catch (DivergedException e) {
      int next = rollbacks + 1;
      if (rule.action() == Divergence.Action.STOP || next > rule.limit()) {
        throw e;
      }
      load(ResumeState.read(folder.resume()));
      rollbacks = next; // the saved state may be older than the last rollback
      LOG.warn(
          "{}. Going on from epoch {}, batch {} with {} times the rate (rollback {} of {})",
          e.getMessage(),
          epoch + 1,
          batch + 1,
          Math.pow(rule.rateFactor(), rollbacks),
          rollbacks,
          rule.limit());
      return true;
    }
  }

  private int epochs() {
    return config.course().epochs(stepsPerEpoch);
  }

  /** Updates since the run's first epoch, those of the epoch under way included. */
  private long updates() {
    return (long) (epoch - config.course().begin()) * stepsPerEpoch + stepOfEpoch();
  }

  /** The next step of the epoch, from 0. */
  private int stepOfEpoch() {
    return config.batches().steps(batch);
  }

  /** Steps of the epoch under way: the last one may be cut short. */
  private int stepsOfEpoch() {
    long left = config.course().steps(stepsPerEpoch) - (long) epoch * stepsPerEpoch;
    return (int) Math.min(stepsPerEpoch, left);
  }

  /** One epoch, or the rest of it; false if it was stopped. */
  private boolean epoch() {
    training = loader(epoch);
    long start = System.nanoTime();
    long before = sums.pictures();
    long waited;
    try (Epoch batches = training.epoch(epoch, batch)) {
      long stepStart = start;
      while (stepOfEpoch() < stepsOfEpoch()) {
        if (stopping) {
          return false;
        }
        stepStart = step(batches, stepStart);
      }
      waited = batches.waitNanos();
    }
    long trained = System.nanoTime();
    Optional<List<EpochResult.Validation>> validations =
        config.course().validates(epoch, stepsPerEpoch)
            ? validator.run(epoch + 1, learner)
            : Optional.of(List.of());
    if (validations.isEmpty()) {
      return false;
    }
    double seconds = (trained - start) * 1e-9;
    finish(
        new EpochResult(
            epoch + 1, rate(stepsOfEpoch() - 1), sums.meanLoss(), sums.top1(), validations.get()),
        new EpochTiming(
            epoch + 1,
            (sums.pictures() - before) / seconds,
            waited * 1e-9 / seconds,
            seconds,
            (System.nanoTime() - trained) * 1e-9));
    return true;
  }

  private double rate(int step) {
    double lowered = Math.pow(config.safeguards().divergence().rateFactor(), rollbacks);
    return lowered * config.rate(epoch, step, stepsPerEpoch);
  }

  /** One update; returns when it ended. */
  private long step(Epoch batches, long start) {
    int count = Math.min(config.batches().accumulate(), batchesPerEpoch - batch);
    double rate = rate(stepOfEpoch());
    long seed = dropSeed + (long) epoch * batchesPerEpoch + batch;
    TrainingStep.Outcome outcome;
    try {
      outcome = learner.learn(batches, count, training.size(), seed, rate, updates());
    } catch (DivergedException e) {
      throw diverged(e.getMessage(), rate);
    }
    batch += count;
    sums = sums.plus(outcome);
    if (config.safeguards().saving().due(updates(), System.nanoTime() - saved)) {
      requireFiniteWeights();
      save();
    }
    long end = System.nanoTime();
    listener.onStep(
        new TrainListener.Step(
            epoch + 1,
            stepOfEpoch(),
            stepsOfEpoch(),
            outcome.loss(),
            rate,
            outcome.gradientNorm(),
            outcome.pictures() / ((end - start) * 1e-9)));
    return end;
  }

  private DivergedException diverged(String what, double rate) {
    return new DivergedException(
        "%s in epoch %d, step %d (learning rate %s); the last good checkpoint is %s. A lower rate, a longer warm-up or a limit on the gradients' norm may help"
            .formatted(
                what,
                epoch + 1,
                Math.min(stepOfEpoch() + 1, stepsOfEpoch()), // at the end it was the last
                rate,
                lastGood()));
  }

  private String lastGood() {
    return Files.exists(folder.last())
        ? folder.last().toString()
        : Files.exists(folder.resume())
            ? folder.resume().toString()
            : "none, as no epoch has ended";
  }

  private void finish(EpochResult result, EpochTiming timing) {
    for (EpochResult.Validation validation : result.validations()) {
      if (!Double.isFinite(validation.metrics().loss())) {
        throw diverged("validation loss is " + validation.metrics().loss(), result.rate());
      }
    }
    requireFiniteWeights();
    boolean best =
        result.best().isPresent() && results.stream().noneMatch(other -> !result.beats(other));
    results.add(result);
    timings.add(timing);
    epoch++;
    batch = 0;
    sums = EpochSums.NONE;
    if (best) {
      checkpoints.best(learner, results);
    }
    checkpoints.history(learner, results);
    checkpoints.last(learner, results);
    save();
    folder.report(results, timings);
    listener.onEpoch(result, timing);
  }

  /** Writes what resuming needs; the last of all files, as it is only then about these weights. */
  private void save() {
    Progress progress =
        new Progress(
            config.course().begin(),
            epoch,
            batch,
            sums,
            rollbacks,
            learner.scaler(),
            results,
            timings);
    learner.state(settings(), progress).write(folder.resume());
    saved = System.nanoTime();
  }

  /** A gradient may overflow where the loss did not; a checkpoint of that would be worthless. */
  private void requireFiniteWeights() {
    Optional<String> found = learner.notFinite();
    if (found.isPresent()) {
      throw diverged(found.get() + " is not finite", rate(stepOfEpoch()));
    }
  }
}
