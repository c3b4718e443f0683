package io.github.cvt4j.train;

import io.github.cvt4j.data.RandomResizedCrop;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Section;
import io.github.cvt4j.train.ParameterGroup.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns an experiment's sections into a {@link TrainConfig}, with the meaning that microsoft's
 * programs give the keys ({@code lib/optim/build.py}, {@code lib/scheduler/build.py}, {@code
 * lib/dataset/transformas/build.py}). {@code SCALE_LR} multiplies by the number of processes, which
 * is 1.
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
            experiment.section("TEST").integer("BATCH_SIZE_PER_GPU"),
            experiment.section("").integer("WORKERS")),
        optimizer(train),
        new TrainConfig.Rates(schedule(train), train.section("LR_SCHEDULER").flag("PER_STEP")),
        train.integer("END_EPOCH"),
        experiment.section("LOSS").number("LABEL_SMOOTHING"),
        train.integer("SEED"));
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

  /** The names that {@code TRAIN.OPTIMIZER} takes here. */
  private enum Name {
    SGD,
    ADAMW,
    TIMM
  }

  private static OptimizerConfig optimizer(Section train) {
    double clip = train.number("CLIP_GRAD_NORM");
    return switch (train.choice("OPTIMIZER", Name.class)) {
      case SGD ->
          new OptimizerConfig(
              new OptimizerConfig.UseSgd(
                  new Sgd.Options(train.number("MOMENTUM"), train.flag("NESTEROV"))),
              train.number("WD"),
              withoutDecay(train),
              clip);
      case ADAMW ->
          new OptimizerConfig(
              new OptimizerConfig.UseAdamW(AdamW.Options.DEFAULT),
              train.number("WD"),
              withoutDecay(train),
              clip);
      case TIMM -> timm(train.section("OPTIMIZER_ARGS"), clip);
    };
  }

  /** The names that timm 0.3.2's create_optimizer has for those that there are here. */
  private enum TimmName {
    ADAMW,
    SGD,
    NESTEROV,
    MOMENTUM
  }

  private static OptimizerConfig timm(Section args, double clip) {
    TimmName name = args.choice("opt", TimmName.class);
    OptimizerConfig.Method method;
    if (name == TimmName.ADAMW) {
      List<Double> betas = args.numbers("opt_betas");
      if (betas.size() != 2) {
        throw args.invalid("opt_betas", "two numbers");
      }
      method =
          new OptimizerConfig.UseAdamW(
              new AdamW.Options(betas.get(0), betas.get(1), args.number("opt_eps")));
    } else {
      boolean nesterov = name != TimmName.MOMENTUM;
      method = new OptimizerConfig.UseSgd(new Sgd.Options(args.number("momentum"), nesterov));
    }
    // timm leaves out all biases and vectors.
    return new OptimizerConfig(method, args.number("weight_decay"), ParameterGroup.PUBLISHED, clip);
  }

  private static Set<Kind> withoutDecay(Section train) {
    Set<Kind> kinds = new HashSet<>();
    for (String name : train.texts("WITHOUT_WD_LIST")) {
      switch (name) {
        case "bn" -> kinds.add(Kind.BATCH_NORM);
        case "ln" -> kinds.add(Kind.LAYER_NORM);
        case "bias" -> kinds.add(Kind.BIAS);
        case "dw" -> kinds.add(Kind.DEPTHWISE);
        case "gn" -> {} // group norms: there are none
        default -> throw train.invalid("WITHOUT_WD_LIST", "any of bn, gn, ln, bias, dw");
      }
    }
    return kinds;
  }

  private static Schedule schedule(Section train) {
    double base = train.number("LR");
    int epochs = train.integer("END_EPOCH");
    Section scheduler = train.section("LR_SCHEDULER");
    return switch (scheduler.text("METHOD")) {
      case "timm" -> timm(scheduler.section("ARGS"), base, epochs);
      case "CosineAnnealing" ->
          new Schedule.Cosine(base, epochs, scheduler.number("ETA_MIN"), 0, 0);
      default -> throw scheduler.invalid("METHOD", "timm or CosineAnnealing");
    };
  }

  private static Schedule timm(Section args, double base, int epochs) {
    if (!args.text("sched").equals("cosine")) {
      throw args.invalid("sched", "cosine");
    }
    if (!args.numbers("lr_noise").isEmpty()) {
      throw args.invalid("lr_noise", "no noise ([])");
    }
    if (args.integer("lr_cycle_limit") != 1) {
      throw args.invalid("lr_cycle_limit", "1");
    }
    return new Schedule.Cosine(
        base,
        epochs,
        args.number("min_lr"),
        args.integer("warmup_epochs"),
        args.number("warmup_lr"));
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
    if (experiment.section("AMP").flag("ENABLED")) {
      missing.add("mixed precision (AMP.ENABLED)");
    }
    if (!experiment.section("DATASET").text("SAMPLER").equals("default")) {
      missing.add("repeated augmentation (DATASET.SAMPLER)");
    }
    if (experiment.section("TRAIN").integer("BEGIN_EPOCH") > 0) {
      missing.add("a later start (TRAIN.BEGIN_EPOCH)");
    }
    if (experiment.section("TRAIN").integer("EVAL_BEGIN_EPOCH") > 0) {
      missing.add("epochs without validation (TRAIN.EVAL_BEGIN_EPOCH)");
    }
    if (experiment.section("TRAIN").flag("SAVE_ALL_MODELS")) {
      missing.add("a checkpoint of every epoch (TRAIN.SAVE_ALL_MODELS)");
    }
    if (!experiment.section("TRAIN").flag("SHUFFLE")) {
      missing.add("an unshuffled order (TRAIN.SHUFFLE)");
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
