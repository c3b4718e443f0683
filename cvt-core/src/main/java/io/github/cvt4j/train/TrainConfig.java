package io.github.cvt4j.train;

import io.github.cvt4j.data.Loader;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.SpecException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A training run, without its data. Immutable and valid once constructed.
 *
 * @param model what is trained
 * @param preprocess how pictures are evaluated; size, mean and deviation hold for training too
 * @param augmentation what is done to training pictures
 * @param batches how pictures are put together
 * @param optimizer how weights move
 * @param rates how far
 * @param course how long
 * @param loss what is made small
 * @param averaging of weights
 * @param computation how a step is computed
 * @param safeguards against losing work
 * @param seed of everything that is random
 */
public record TrainConfig(
    CvtSpec model,
    Preprocess preprocess,
    Augmentation augmentation,
    Batches batches,
    OptimizerConfig optimizer,
    Rates rates,
    Course course,
    Loss loss,
    Averaging averaging,
    Computation computation,
    Safeguards safeguards,
    long seed) {

  /** What may change when a run goes on; the end may if the rates do not depend on it. */
  private static final List<String> FREE =
      List.of(
          "batches.workers",
          "batches.evaluationSize",
          "course.end",
          "course.validation.",
          "computation.checkpointBlocks",
          "computation.detectAnomaly",
          "safeguards.");

  public TrainConfig {
    if (model.numClasses() < 1) {
      throw new SpecException("a model without classes cannot be trained on labels");
    }
    if (model.inChannels() != 3) {
      throw new SpecException(
          "training pictures have 3 channels, but the model takes " + model.inChannels());
    }
    for (Course.Resized resized : course.sizes()) {
      Objects.requireNonNull(model.grids(resized.size())); // refused if too small for a stage
    }
  }

  /**
   * How pictures are put together.
   *
   * @param size pictures per forward pass; what batch norms see
   * @param accumulate forward and backward passes per update of the weights, at least 1; the last
   *     update of an epoch takes what is left
   * @param shuffle whether each epoch has an order of its own
   * @param evaluationSize pictures per validation batch
   * @param workers threads that decode and augment; 0 for the caller's. Makes no difference to
   *     results
   */
  public record Batches(
      int size, int accumulate, boolean shuffle, int evaluationSize, int workers) {

    /** The loader's own limits hold; asking it early names them before anything is read. */
    public Batches {
      Objects.requireNonNull(Loader.Config.inOrder(size, workers));
      Objects.requireNonNull(Loader.Config.inOrder(evaluationSize, workers));
      if (accumulate < 1 || accumulate > 65_536) {
        throw new SpecException("batches per update " + accumulate + ": expected 1 to 65536");
      }
    }

    /** Shuffled, an update for each batch. */
    public static Batches of(int size, int evaluationSize, int workers) {
      return new Batches(size, 1, true, evaluationSize, workers);
    }

    /** Updates in an epoch of so many batches. */
    int steps(int batches) {
      return (batches + accumulate - 1) / accumulate;
    }

    Loader.Config training(long seed) {
      return new Loader.Config(size, shuffle, /* dropLast= */ true, workers, seed);
    }

    Loader.Config evaluation() {
      return Loader.Config.inOrder(evaluationSize, workers);
    }
  }

  /**
   * How the learning rate runs.
   *
   * @param schedule over epochs
   * @param perStep whether the rate follows the schedule in every step, instead of staying the same
   *     for an epoch as in microsoft's loop
   */
  public record Rates(Schedule schedule, boolean perStep) {

    /** The rate of one step of an epoch, both from 0. */
    public double rate(int epoch, int step, int stepsPerEpoch) {
      return schedule.rate(perStep ? epoch + (double) step / stepsPerEpoch : epoch);
    }
  }

  /**
   * The run that an experiment file describes. What it asks for and is not there yet is in {@link
   * #missing}.
   *
   * @throws SpecException naming the key, its value and what was expected
   */
  public static TrainConfig of(Experiment experiment) {
    return RecipeReader.read(experiment);
  }

  /**
   * The same experiment without choices that depend on the machine, as a run folder keeps it: what
   * is resumed elsewhere goes on in the type that it began in.
   */
  public static Experiment settled(Experiment experiment) {
    return RecipeReader.settled(experiment);
  }

  /**
   * Parts of an experiment's recipe that are left out in training, for one line of warning; empty
   * if there are none.
   */
  public static List<String> missing(Experiment experiment) {
    return RecipeReader.missing(experiment);
  }

  /**
   * The rate of one step.
   *
   * @param step of the epoch, from 0
   */
  double rate(int epoch, int step, int stepsPerEpoch) {
    return course.steps() > 0
        ? rates.schedule().rate((epoch - course.begin()) * (double) stepsPerEpoch + step)
        : rates.rate(epoch, step, stepsPerEpoch);
  }

  /**
   * Everything that results depend on, by the path of its record component, so without loader
   * threads, saving and the like.
   */
  Map<String, String> settings() {
    Map<String, String> settings = Settings.of(this);
    settings.keySet().removeIf(path -> FREE.stream().anyMatch(path::startsWith));
    return settings;
  }
}
