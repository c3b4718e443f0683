package io.github.cvt4j.train;

import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Section;
import io.github.cvt4j.train.ParameterGroup.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Reads optimizer and loss with the meaning that microsoft's {@code lib/optim/build.py} and timm
 * 0.3.2's {@code create_optimizer} give the keys.
 */
final class OptimizerReader {

  /** timm's memory of RMSprop's squares. */
  private static final double TIMM_ALPHA = 0.9;

  private OptimizerReader() {}

  /** The names that {@code TRAIN.OPTIMIZER} takes. */
  private enum Name {
    SGD,
    ADAM,
    ADAMW,
    RMSPROP,
    LAMB,
    MUON,
    TIMM
  }

  /** Those of timm's names that there are here. */
  private enum TimmName {
    SGD,
    NESTEROV,
    MOMENTUM,
    ADAM,
    ADAMW,
    RMSPROP,
    RMSPROPTF,
    LAMB
  }

  private enum LossName {
    SOFTMAX,
    BCE
  }

  static OptimizerConfig optimizer(Experiment experiment) {
    Section train = experiment.section("TRAIN");
    boolean timm = train.choice("OPTIMIZER", Name.class) == Name.TIMM;
    Section args = train.section("OPTIMIZER_ARGS");
    return new OptimizerConfig(
        timm ? timm(args) : method(train),
        new ParameterRules(
            timm ? args.number("weight_decay") : train.number("WD"),
            // timm leaves out all biases and vectors.
            timm ? ParameterGroup.PUBLISHED : withoutDecay(train),
            train.number("LAYER_DECAY"),
            frozen(experiment)),
        new Clipping(
            train.choice("CLIP_GRAD_MODE", Clipping.Mode.class), train.number("CLIP_GRAD_NORM")));
  }

  /** What schedules begin with: timm's optimizers have a rate of their own. */
  static double rate(Section train) {
    return train.choice("OPTIMIZER", Name.class) == Name.TIMM
        ? train.section("OPTIMIZER_ARGS").number("lr")
        : train.number("LR");
  }

  private static OptimizerConfig.Method method(Section train) {
    return switch (train.choice("OPTIMIZER", Name.class)) {
      case SGD ->
          new OptimizerConfig.UseSgd(
              new Sgd.Options(train.number("MOMENTUM"), train.flag("NESTEROV")));
      case ADAM -> new OptimizerConfig.UseAdam(AdamW.Options.DEFAULT);
      case ADAMW -> new OptimizerConfig.UseAdamW(AdamW.Options.DEFAULT);
      case RMSPROP ->
          new OptimizerConfig.UseRmsProp(
              new RmsProp.Options(
                  train.number("RMSPROP_ALPHA"),
                  1e-8, // PyTorch's
                  train.number("MOMENTUM"),
                  train.flag("RMSPROP_CENTERED"),
                  RmsProp.Flavour.TORCH));
      case LAMB -> new OptimizerConfig.UseLamb(Lamb.Options.DEFAULT);
      case MUON -> new OptimizerConfig.UseMuon(muon(train));
      case TIMM -> timm(train.section("OPTIMIZER_ARGS"));
    };
  }

  private static Muon.Options muon(Section train) {
    Section own = train.section("MUON");
    return new Muon.Options(
        train.number("MOMENTUM"),
        train.flag("NESTEROV"),
        own.integer("STEPS"),
        own.number("ADAMW_RATIO"),
        AdamW.Options.DEFAULT);
  }

  private static OptimizerConfig.Method timm(Section args) {
    TimmName name = args.choice("opt", TimmName.class);
    return switch (name) {
      case SGD, NESTEROV -> new OptimizerConfig.UseSgd(new Sgd.Options(momentum(args), true));
      case MOMENTUM -> new OptimizerConfig.UseSgd(new Sgd.Options(momentum(args), false));
      case ADAM -> new OptimizerConfig.UseAdam(adam(args));
      case ADAMW -> new OptimizerConfig.UseAdamW(adam(args));
      case LAMB -> new OptimizerConfig.UseLamb(new Lamb.Options(adam(args), 1));
      case RMSPROP, RMSPROPTF ->
          new OptimizerConfig.UseRmsProp(
              new RmsProp.Options(
                  TIMM_ALPHA,
                  args.number("opt_eps"),
                  momentum(args),
                  /* centered= */ false,
                  name == TimmName.RMSPROP ? RmsProp.Flavour.TORCH : RmsProp.Flavour.TENSORFLOW));
    };
  }

  private static double momentum(Section args) {
    return args.number("momentum");
  }

  private static AdamW.Options adam(Section args) {
    List<Double> betas = args.numbers("opt_betas");
    if (betas.size() != 2) {
      throw args.invalid("opt_betas", "two numbers");
    }
    return new AdamW.Options(betas.get(0), betas.get(1), args.number("opt_eps"));
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

  private static Frozen frozen(Experiment experiment) {
    Section finetune = experiment.section("FINETUNE");
    if (!finetune.flag("FINETUNE")) {
      return Frozen.NONE;
    }
    return new Frozen(finetune.texts("FROZEN_LAYERS"), finetune.flag("HEAD_ONLY"));
  }

  static Loss loss(Experiment experiment) {
    Section keys = experiment.section("LOSS");
    double smoothing = keys.number("LABEL_SMOOTHING");
    double threshold = keys.number("BCE_THRESHOLD");
    return switch (keys.choice("LOSS", LossName.class)) {
      case SOFTMAX -> new Loss.CrossEntropy(smoothing);
      case BCE ->
          new Loss.BinaryCrossEntropy(
              smoothing, threshold < 0 ? OptionalDouble.empty() : OptionalDouble.of(threshold));
    };
  }
}
