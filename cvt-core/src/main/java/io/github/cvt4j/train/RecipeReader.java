package io.github.cvt4j.train;

import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Section;
import io.github.cvt4j.train.ParameterGroup.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns an experiment's sections into a {@link TrainConfig}, with the meaning that microsoft's
 * programs give the keys ({@code lib/optim/build.py}, {@code lib/scheduler/build.py}). {@code
 * SCALE_LR} multiplies by the number of processes, which is 1.
 */
final class RecipeReader {

  private RecipeReader() {}

  static TrainConfig read(Experiment experiment) {
    Section train = experiment.section("TRAIN");
    return new TrainConfig(
        experiment.spec(),
        experiment.preprocess(),
        AugmentationReader.read(experiment),
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
    if (experiment.section("AMP").flag("ENABLED")) {
      missing.add("mixed precision (AMP.ENABLED)");
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
    if (experiment.section("TEST").flag("REAL_LABELS")) {
      missing.add("other labels for validation (TEST.REAL_LABELS)");
    }
    Section finetune = experiment.section("FINETUNE");
    if (finetune.flag("FINETUNE")) {
      missing.add("the fine-tuning recipe (FINETUNE)");
    }
    return List.copyOf(missing);
  }
}
