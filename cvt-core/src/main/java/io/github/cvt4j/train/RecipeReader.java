package io.github.cvt4j.train;

import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Section;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Processor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Turns an experiment's sections into a {@link TrainConfig}, with the meaning that microsoft's
 * programs give the keys. {@code SCALE_LR} multiplies by the number of processes, which is 1.
 */
final class RecipeReader {

  private final Experiment experiment;
  private final Section train;
  private final Section finetune;
  private final boolean tunes;

  private RecipeReader(Experiment experiment) {
    this.experiment = experiment;
    train = experiment.section("TRAIN");
    finetune = experiment.section("FINETUNE");
    tunes = finetune.flag("FINETUNE");
  }

  static Experiment settled(Experiment experiment) {
    Section amp = experiment.section("AMP");
    if (!amp.flag("ENABLED")) {
      return experiment;
    }
    Precision precision = amp.choice("DTYPE", MixedPrecision.class).on(Processor.here());
    return experiment.with(List.of("AMP.DTYPE", precision.name().toLowerCase(Locale.ROOT)));
  }

  static TrainConfig read(Experiment experiment) {
    return new RecipeReader(experiment).config();
  }

  private TrainConfig config() {
    return new TrainConfig(
        experiment.spec(),
        experiment.preprocess(),
        AugmentationReader.read(experiment),
        batches(),
        OptimizerReader.optimizer(experiment),
        new TrainConfig.Rates(
            ScheduleReader.read(experiment, length()),
            tunes || train.section("LR_SCHEDULER").flag("PER_STEP")),
        course(),
        OptimizerReader.loss(experiment),
        new Averaging(
            train.number("EMA_DECAY"),
            train.flag("EMA_WARMUP"),
            train.choice("EMA_JUDGED", Averaging.Judged.class)),
        computation(),
        safeguards(),
        train.integer("SEED"));
  }

  private TrainConfig.Batches batches() {
    int size = train.integer("BATCH_SIZE_PER_GPU");
    return new TrainConfig.Batches(
        size,
        tunes ? split(size) : train.integer("ACCUMULATE"),
        train.flag("SHUFFLE"),
        experiment.section("TEST").integer("BATCH_SIZE_PER_GPU"),
        experiment.section("").integer("WORKERS"));
  }

  /** Fine-tuning says how many pictures make an update; they come in batches of the usual size. */
  private int split(int size) {
    int pictures = finetune.integer("BATCH_SIZE");
    if (size < 1 || pictures < size || pictures % size != 0) {
      throw finetune.invalid("BATCH_SIZE", "a multiple of TRAIN.BATCH_SIZE_PER_GPU, " + size);
    }
    return pictures / size;
  }

  private Computation computation() {
    Section amp = experiment.section("AMP");
    MixedPrecision mixed =
        amp.choice("DTYPE", MixedPrecision.class); // a wrong one is refused in any case
    return new Computation(
        amp.flag("ENABLED") ? mixed.on(Processor.here()) : Precision.FP32,
        train.flag("CHECKPOINT_BLOCKS"),
        train.flag("DETECT_ANOMALY"));
  }

  private Safeguards safeguards() {
    return new Safeguards(
        new Safeguards.Saving(
            train.integer("SAVE_EVERY_STEPS"),
            train.number("SAVE_EVERY_MINUTES"),
            train.flag("SAVE_ALL_MODELS"),
            train.integer("KEEP_CHECKPOINTS")),
        new Safeguards.Divergence(
            train.choice("ON_DIVERGENCE", Safeguards.Divergence.Action.class),
            train.integer("ROLLBACK_LIMIT"),
            train.number("ROLLBACK_RATE")));
  }

  /** What the schedule ends with: its lengths count steps where the run does. */
  private int length() {
    int steps = train.integer("STEPS");
    return steps > 0 ? steps : train.integer("END_EPOCH");
  }

  private Course course() {
    return new Course(
        train.integer("BEGIN_EPOCH"),
        train.integer("END_EPOCH"),
        train.integer("STEPS"),
        new Course.Validation(
            train.integer("EVAL_BEGIN_EPOCH"),
            tunes ? finetune.integer("EVAL_EVERY") : train.integer("EVAL_EVERY")),
        sizes());
  }

  private List<Course.Resized> sizes() {
    List<Integer> pairs = train.integers("PROGRESSIVE");
    if (pairs.size() % 2 != 0) {
      throw train.invalid("PROGRESSIVE", "first epoch and size of pictures in turn");
    }
    List<Course.Resized> sizes = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i += 2) {
      sizes.add(new Course.Resized(pairs.get(i), Size.square(pairs.get(i + 1))));
    }
    return sizes;
  }

  static List<String> missing(Experiment experiment) {
    List<String> missing = new ArrayList<>();
    Section dataset = experiment.section("DATASET");
    if (!dataset.text("TRAIN_SET").equals("train") || !dataset.text("TEST_SET").equals("val")) {
      missing.add("other names of the data's parts (DATASET.TRAIN_SET, DATASET.TEST_SET)");
    }
    if (!experiment.section("MODEL").text("PRETRAINED").isEmpty()) {
      missing.add("weights that the experiment names (MODEL.PRETRAINED; --weights takes them)");
    }
    if (!experiment.section("TRAIN").text("CHECKPOINT").isEmpty()) {
      missing.add("a state to go on from (TRAIN.CHECKPOINT; --resume takes the run folder's)");
    }
    if (!experiment.section("FINETUNE").flag("TRAIN_MODE")) {
      missing.add("batch statistics of evaluation in fine-tuning (FINETUNE.TRAIN_MODE)");
    }
    return List.copyOf(missing);
  }
}
