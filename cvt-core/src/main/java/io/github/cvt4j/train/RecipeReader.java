package io.github.cvt4j.train;

import io.github.cvt4j.data.RandomResizedCrop;
import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Section;
import io.github.cvt4j.spec.Size;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns an experiment's sections into a {@link TrainConfig}, with the meaning that microsoft's
 * programs give the keys ({@code lib/dataset/transformas/build.py}). {@code SCALE_LR} multiplies by
 * the number of processes, which is 1.
 */
final class RecipeReader {

  private RecipeReader() {}

  static TrainConfig read(Experiment experiment) {
    Section train = experiment.section("TRAIN");
    return new TrainConfig(
        experiment.spec(),
        experiment.preprocess(),
        augmentation(experiment),
        new TrainConfig.Batches(
            train.integer("BATCH_SIZE_PER_GPU"),
            train.integer("ACCUMULATE"),
            train.flag("SHUFFLE"),
            experiment.section("TEST").integer("BATCH_SIZE_PER_GPU"),
            experiment.section("").integer("WORKERS")),
        OptimizerReader.optimizer(experiment),
        new TrainConfig.Rates(
            ScheduleReader.read(experiment, length(train)),
            train.section("LR_SCHEDULER").flag("PER_STEP")),
        course(train),
        OptimizerReader.loss(experiment),
        new Averaging(
            train.number("EMA_DECAY"),
            train.flag("EMA_WARMUP"),
            train.choice("EMA_JUDGED", Averaging.Judged.class)),
        computation(experiment),
        safeguards(train),
        train.integer("SEED"));
  }

  private static Computation computation(Experiment experiment) {
    Section amp = experiment.section("AMP");
    Section train = experiment.section("TRAIN");
    Precision half = amp.choice("DTYPE", Precision.class);
    return new Computation(
        amp.flag("ENABLED") ? half : Precision.FP32,
        train.flag("CHECKPOINT_BLOCKS"),
        train.flag("DETECT_ANOMALY"));
  }

  private static Safeguards safeguards(Section train) {
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
  private static int length(Section train) {
    int steps = train.integer("STEPS");
    return steps > 0 ? steps : train.integer("END_EPOCH");
  }

  private static Course course(Section train) {
    return new Course(
        train.integer("BEGIN_EPOCH"),
        train.integer("END_EPOCH"),
        train.integer("STEPS"),
        new Course.Validation(train.integer("EVAL_BEGIN_EPOCH"), train.integer("EVAL_EVERY")),
        sizes(train));
  }

  private static List<Course.Resized> sizes(Section train) {
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

  private static Augmentation augmentation(Experiment experiment) {
    Section aug = experiment.section("AUG");
    Section timm = aug.section("TIMM_AUG");
    boolean usesTimm = usesTimm(timm);
    Preprocess.Interpolation interpolation =
        usesTimm ? timm.choice("INTERPOLATION", Preprocess.Interpolation.class) : pillow(aug);
    double flip = usesTimm ? timm.number("HFLIP") : aug.number("HFLIP");
    int padding = aug.integer("PAD_CROP");
    return new Augmentation(
        padding > 0
            ? new Augmentation.Shifted(padding, interpolation)
            : new Augmentation.Resized(range(aug, "SCALE"), range(aug, "RATIO"), interpolation),
        flip);
  }

  private static boolean usesTimm(Section timm) {
    return timm.flag("USE_LOADER") || timm.flag("USE_TRANSFORM");
  }

  private static Preprocess.Interpolation pillow(Section aug) {
    return switch (aug.integer("INTERPOLATION")) {
      case 2 -> Preprocess.Interpolation.BILINEAR;
      case 3 -> Preprocess.Interpolation.BICUBIC;
      default -> throw aug.invalid("INTERPOLATION", "2 (bilinear) or 3 (bicubic)");
    };
  }

  private static RandomResizedCrop.Range range(Section aug, String key) {
    List<Double> bounds = aug.numbers(key);
    if (bounds.size() != 2) {
      throw aug.invalid(key, "two numbers, the least and the greatest");
    }
    return new RandomResizedCrop.Range(bounds.get(0), bounds.get(1));
  }

  static List<String> missing(Experiment experiment) {
    List<String> missing = new ArrayList<>();
    Section aug = experiment.section("AUG");
    Section timm = aug.section("TIMM_AUG");
    if (usesTimm(timm)) {
      missingOfTimm(timm, missing);
    } else {
      missingOfTorchvision(aug, missing);
    }
    if (aug.number("MIXUP") > 0) {
      missing.add("mixup (AUG.MIXUP)");
    }
    if (aug.number("MIXCUT") > 0 || !aug.numbers("MIXCUT_MINMAX").isEmpty()) {
      missing.add("cutmix (AUG.MIXCUT)");
    }
    if (!experiment.section("DATASET").text("SAMPLER").equals("default")) {
      missing.add("repeated augmentation (DATASET.SAMPLER)");
    }
    if (experiment.section("TEST").flag("REAL_LABELS")) {
      missing.add("other labels for validation (TEST.REAL_LABELS)");
    }
    Section finetune = experiment.section("FINETUNE");
    if (finetune.flag("FINETUNE")) {
      missing.add("the fine-tuning recipe (FINETUNE)");
    }
    return List.copyOf(missing);
  }

  private static void missingOfTimm(Section timm, List<String> missing) {
    boolean auto = !timm.text("AUTO_AUGMENT").isEmpty();
    if (auto) {
      missing.add(
          "automatic augmentation (AUG.TIMM_AUG.AUTO_AUGMENT " + timm.text("AUTO_AUGMENT") + ")");
    } else if (timm.number("COLOR_JITTER") > 0) { // timm uses it only without the other
      missing.add("colour jitter (AUG.TIMM_AUG.COLOR_JITTER)");
    }
    if (timm.number("VFLIP") > 0) {
      missing.add("vertical flips (AUG.TIMM_AUG.VFLIP)");
    }
    if (timm.number("RE_PROB") > 0) {
      missing.add("random erasing (AUG.TIMM_AUG.RE_PROB)");
    }
  }

  private static void missingOfTorchvision(Section aug, List<String> missing) {
    List<Double> jitter = aug.numbers("COLOR_JITTER");
    if (!jitter.isEmpty() && jitter.get(jitter.size() - 1) > 0) {
      missing.add("colour jitter (AUG.COLOR_JITTER)");
    }
    if (aug.number("GRAY_SCALE") > 0) {
      missing.add("random gray (AUG.GRAY_SCALE)");
    }
    if (aug.number("GAUSSIAN_BLUR") > 0) {
      missing.add("random blur (AUG.GAUSSIAN_BLUR)");
    }
  }
}
