package io.github.cvt4j.train;

import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Section;
import io.github.cvt4j.train.Schedule.Cycles;
import io.github.cvt4j.train.Schedule.Rise;
import java.util.List;

/**
 * Reads the learning rate's schedule with the meaning that microsoft's {@code
 * lib/scheduler/build.py} and timm 0.3.2's {@code create_scheduler} give the keys.
 */
final class ScheduleReader {

  private ScheduleReader() {}

  private enum Method {
    TIMM,
    MULTISTEP,
    COSINEANNEALING,
    CYCLICLR,
    COSINEWARMUP,
    ONECYCLE
  }

  private enum TimmName {
    COSINE,
    TANH,
    LINEAR,
    POLY,
    STEP,
    MULTISTEP
  }

  private enum DecayType {
    STEP,
    COSINE,
    LINEAR
  }

  /**
   * The schedule of a run.
   *
   * @param length of the whole, in what the schedule's time counts
   */
  static Schedule read(Experiment experiment, double length) {
    Section finetune = experiment.section("FINETUNE");
    if (finetune.flag("FINETUNE")) {
      return fineTuning(finetune.section("LR_SCHEDULER"), finetune.number("BASE_LR"), length);
    }
    Section train = experiment.section("TRAIN");
    double base = OptimizerReader.rate(train);
    Section keys = train.section("LR_SCHEDULER");
    Section args = keys.section("ARGS");
    return switch (keys.choice("METHOD", Method.class)) {
      case TIMM -> timm(args, base, length);
      case MULTISTEP ->
          new Schedule.MultiStep(
              base,
              keys.integers("MILESTONES").stream().map(Integer::doubleValue).toList(),
              keys.number("GAMMA"));
      case COSINEANNEALING -> Schedule.cosine(base, length, keys.number("ETA_MIN"));
      case CYCLICLR ->
          new Schedule.Cyclic(
              keys.number("BASE_LR"), keys.number("MAX_LR"), keys.integer("STEP_SIZE_UP"));
      case COSINEWARMUP -> passl(args, base, length);
      case ONECYCLE -> Schedule.oneCycle(base, length, keys.number("RISE"));
    };
  }

  private static Schedule timm(Section args, double base, double length) {
    if (!args.numbers("lr_noise").isEmpty()) {
      throw args.invalid("lr_noise", "no noise ([])");
    }
    double k = args.number("lr_k_decay");
    Schedule schedule =
        switch (args.choice("sched", TimmName.class)) {
          case COSINE -> decay(new Fall.Cosine(k), args, base, length);
          case TANH -> decay(new Fall.Tanh(), args, base, length);
          case LINEAR -> decay(new Fall.Polynomial(1, k), args, base, length);
          // timm takes the power from there.
          case POLY -> decay(new Fall.Polynomial(args.number("decay_rate"), k), args, base, length);
          case STEP ->
              new Schedule.Step(base, args.number("decay_epochs"), args.number("decay_rate"));
          case MULTISTEP -> multiStep(args, base);
        };
    return warmedUp(schedule, args, base);
  }

  /** timm's falls one epoch before each milestone: it looks for the next epoch among them. */
  private static Schedule multiStep(Section args, double base) {
    return new Schedule.MultiStep(
        base,
        args.numbers("decay_milestones").stream().map(milestone -> milestone - 1).toList(),
        args.number("decay_rate"));
  }

  private static Schedule decay(Fall fall, Section args, double base, double length) {
    double cycle = args.number("lr_cycle_epochs");
    return new Schedule.Decay(
        fall,
        base,
        args.number("min_lr"),
        new Cycles(
            cycle > 0 ? cycle : length,
            args.integer("lr_cycle_limit"),
            args.number("lr_cycle_mul"),
            args.number("lr_cycle_decay")));
  }

  private static Schedule warmedUp(Schedule schedule, Section args, double base) {
    double warmup = args.number("warmup_epochs");
    boolean inFront = args.flag("warmup_prefix");
    boolean tanh = args.choice("sched", TimmName.class) == TimmName.TANH;
    double to = tanh && !inFront ? schedule.rate(warmup) : base; // timm's, for a smooth join
    Rise rise = Rise.linear(warmup, args.number("warmup_lr"), to);
    return warmup == 0 ? schedule : new Schedule.Warmup(schedule, rise, inFront);
  }

  private static Schedule passl(Section args, double base, double length) {
    double warmup = args.number("warmup_epochs");
    if (warmup >= length) {
      throw args.invalid("warmup_epochs", "less than the whole schedule, " + length);
    }
    return new Schedule.Warmup(
        new Schedule.PasslCosine(base, length - warmup, length),
        Rise.linear(warmup, args.number("warmup_lr"), base),
        /* inFront= */ true);
  }

  /**
   * How vision transformers are fine-tuned. Step: a tenth at 30, 60 and 90 % of all steps
   * (BiT-HyperRule, Kolesnikov et al. 2020, arXiv 1912.11370); cosine and linear: to 0 from where
   * the warm-up ends (Dosovitskiy et al. 2021, arXiv 2010.11929). All rise from 0 first.
   */
  private static Schedule fineTuning(Section keys, double base, double length) {
    double share = keys.number("WARMUP");
    if (!(share >= 0 && share < 1)) {
      throw keys.invalid("WARMUP", "0 or more and less than 1, a share of the whole");
    }
    double warmup = share * length;
    Rise rise = Rise.linear(warmup, 0, base);
    return switch (keys.choice("DECAY_TYPE", DecayType.class)) {
      case STEP ->
          new Schedule.Warmup(
              new Schedule.MultiStep(base, List.of(0.3 * length, 0.6 * length, 0.9 * length), 0.1),
              rise,
              /* inFront= */ false);
      case COSINE ->
          new Schedule.Warmup(Schedule.cosine(base, length - warmup, 0), rise, /* inFront= */ true);
      case LINEAR ->
          new Schedule.Warmup(
              new Schedule.Decay(Fall.LINEAR, base, 0, Cycles.one(length - warmup)),
              rise,
              /* inFront= */ true);
    };
  }
}
