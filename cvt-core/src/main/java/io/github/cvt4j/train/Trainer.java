package io.github.cvt4j.train;

import io.github.cvt4j.data.Batch;
import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.eval.Evaluator;
import io.github.cvt4j.eval.Metrics;
import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StateLayout;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Match;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Provenance;
import io.github.cvt4j.weights.StateDict;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains a model, epoch after epoch, and keeps its run folder up to date. Runs once, on one thread;
 * {@link #stop} may be called from any.
 *
 * <p>Results depend on the configuration, the data, the starting weights and the number of threads
 * that libtorch uses, not on when a run was stopped and resumed: order and augmentation of pictures
 * come from seed and epoch, drops from seed and step.
 */
public final class Trainer {

  private final TrainConfig config;
  private final DataSplit data;
  private final RunFolder folder;
  private final TrainListener listener;
  private final Size size;
  private final Loader training;
  private final Loader validation;
  private final long dropSeed;
  private final List<EpochResult> results = new ArrayList<>();
  private final List<EpochTiming> timings = new ArrayList<>();
  private volatile boolean stopping;

  private Cvt model;
  private Optimizer optimizer;

  // The epoch under way.
  private int epoch;
  private int batch;
  private double lossSum;
  private long pictures;
  private long right;
  private long lastStep;

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
    size = config.preprocess().size();
    TrainConfig.Batches batches = config.batches();
    training =
        new Loader(
            data.train(),
            Transform.training(config.preprocess(), config.augmentation().to(size)),
            Loader.Config.shuffled(batches.size(), batches.workers(), config.seed()));
    validation =
        new Loader(
            data.validation(),
            Transform.evaluation(config.preprocess()),
            Loader.Config.inOrder(batches.evaluationSize(), batches.workers()));
    dropSeed = new SplittableRandom(config.seed()).nextLong();
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
    return run(start, Progress.START, Map.of());
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
    if (state.progress().batch() > training.batches()
        || state.progress().epoch() > config.epochs()) {
      throw new TrainException(folder.resume() + ": its progress is beyond the end of the run");
    }
    target.assign(
        Match.strict(StateLayout.of(config.model()), new StateDict(state.model()), List.of()));
    return run(target, state.progress(), state.optimizer());
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

  private TrainReport run(Cvt trained, Progress from, Map<String, HostTensor> state) {
    if (!trained.spec().equals(config.model())) {
      throw new IllegalArgumentException("the model is not the one of the configuration");
    }
    model = trained;
    restore(from);
    try (Optimizer created = config.optimizer().create(model.parameters())) {
      optimizer = created;
      if (!state.isEmpty()) {
        optimizer.load(state);
      }
      boolean going = true;
      while (going && epoch < config.epochs()) {
        going = epoch();
      }
      if (!going) {
        requireFiniteWeights();
        save(false);
      }
      return new TrainReport(results, timings, !going);
    } finally {
      model.parameters().zeroGrad();
    }
  }

  private void restore(Progress from) {
    epoch = from.epoch();
    batch = from.batch();
    lossSum = from.lossSum();
    pictures = from.pictures();
    right = from.right();
    results.addAll(from.results());
    timings.addAll(from.timings());
  }

  /** One epoch, or the rest of it; false if it was stopped. */
  private boolean epoch() {
    long start = System.nanoTime();
    lastStep = start;
    long before = pictures;
    long waited;
    try (Epoch batches = training.epoch(epoch, batch)) {
      while (batches.hasNext()) {
        if (stopping) {
          return false;
        }
        try (Batch next = batches.next()) {
          step(next);
        }
      }
      waited = batches.waitNanos();
    }
    long trained = System.nanoTime();
    Metrics metrics = validate();
    if (metrics == null) {
      return false;
    }
    double seconds = (trained - start) * 1e-9;
    finish(
        new EpochResult(
            epoch + 1, rate(training.batches() - 1), lossSum / pictures, mean(right), metrics),
        new EpochTiming(
            epoch + 1,
            (pictures - before) / seconds,
            waited * 1e-9 / seconds,
            seconds,
            (System.nanoTime() - trained) * 1e-9));
    return true;
  }

  private double mean(long count) {
    return (double) count / pictures;
  }

  private double rate(int ofBatch) {
    return config.rates().rate(epoch, ofBatch, training.batches());
  }

  private void step(Batch next) {
    double rate = rate(batch);
    Engine.seed(dropSeed + (long) epoch * training.batches() + batch);
    try (Scope scope = Scope.open()) {
      Tensor images = Tensors.of(next.input(), next.size(), 3, size.height(), size.width());
      Tensor labels = Tensors.of(next.labels(), next.size());
      Tensor logits = model.forward(images, Pass.TRAIN);
      Tensor loss = Loss.labels(logits, labels, config.labelSmoothing());
      double value = loss.item_float();
      if (!Double.isFinite(value)) {
        throw diverged("loss is " + value, rate);
      }
      model.parameters().zeroGrad();
      loss.backward();
      double norm =
          config.optimizer().clipNorm() > 0
              ? Gradients.clip(model.parameters(), config.optimizer().clipNorm())
              : Double.NaN;
      optimizer.step(rate);
      lossSum += value * next.size();
      pictures += next.size();
      right +=
          logits.argmax(new LongOptional(1), /* keepdim= */ false).eq(labels).sum().item_long();
      batch++;
      long now = System.nanoTime();
      double imagesPerSecond = next.size() / ((now - lastStep) * 1e-9);
      lastStep = now;
      listener.onStep(
          new TrainListener.Step(
              epoch + 1, batch, training.batches(), value, rate, norm, imagesPerSecond));
    }
  }

  private TrainException diverged(String what, double rate) {
    return new TrainException(
        "%s in epoch %d, step %d (learning rate %s); the last good checkpoint is %s. A lower rate, a longer warm-up or a limit on the gradients' norm may help"
            .formatted(
                what,
                epoch + 1,
                batch + 1,
                rate,
                Files.exists(folder.last()) ? folder.last() : "none, as no epoch has ended"));
  }

  /** Null if it was stopped. */
  private Metrics validate() {
    int total = data.validation().size();
    int[] done = {0};
    try (Epoch batches = validation.epoch(0)) {
      Iterator<Batch> untilStopped =
          new Iterator<>() {
            @Override
            public boolean hasNext() {
              return !stopping && batches.hasNext();
            }

            @Override
            public Batch next() {
              return batches.next();
            }
          };
      if (!untilStopped.hasNext()) {
        return null;
      }
      Metrics metrics =
          Evaluator.evaluate(
              images -> model.forward(images, Pass.EVAL),
              untilStopped,
              size,
              count -> {
                done[0] += count;
                listener.onValidation(epoch + 1, done[0], total);
              });
      return metrics.count() == total ? metrics : null;
    }
  }

  private void finish(EpochResult result, EpochTiming timing) {
    if (!Double.isFinite(result.validation().loss())) {
      batch--; // the step that did it is at the end of the epoch
      throw diverged("validation loss is " + result.validation().loss(), result.rate());
    }
    requireFiniteWeights();
    boolean best = results.stream().noneMatch(other -> !result.beats(other));
    results.add(result);
    timings.add(timing);
    epoch++;
    batch = 0;
    lossSum = 0;
    pictures = 0;
    right = 0;
    save(best);
    folder.report(results, timings);
    listener.onEpoch(result, timing);
  }

  /** Writes the model, and last what resuming needs, which only then is about these weights. */
  private void save(boolean best) {
    ModelFile file =
        new ModelFile(
            config.model(),
            config.preprocess(),
            data.train().classes(),
            provenance(),
            model.stateDict());
    if (best) {
      file.write(folder.best());
    }
    file.write(folder.last());
    Progress progress = new Progress(epoch, batch, lossSum, pictures, right, results, timings);
    new ResumeState(settings(), progress, file.weights().tensors(), optimizer.state())
        .write(folder.resume());
  }

  private Provenance provenance() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    if (!results.isEmpty()) {
      EpochResult latest = results.get(results.size() - 1);
      metrics.put("epoch", (double) latest.epoch());
      metrics.put("val_loss", latest.validation().loss());
      metrics.put("val_top1", 100 * latest.validation().top1());
      metrics.put("val_top5", 100 * latest.validation().top5());
    }
    String version = Trainer.class.getPackage().getImplementationVersion();
    return new Provenance(
        version == null ? "cvt4j" : "cvt4j " + version,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        "trained on %d pictures of %d classes"
            .formatted(data.train().size(), data.train().classes().size()),
        folder.recipe(),
        metrics);
  }

  /** A gradient may overflow where the loss did not; a checkpoint of that would be worthless. */
  private void requireFiniteWeights() {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      for (Map.Entry<String, Tensor> entry : model.parameters().trained().entrySet()) {
        if (!entry.getValue().isfinite().all().item_bool()) {
          throw diverged(entry.getKey() + " is not finite", rate(batch));
        }
      }
    }
  }
}
