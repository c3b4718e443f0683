package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import io.github.cvt4j.data.RandomResizedCrop;
import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.spec.Variants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What experiment files mean. */
class RecipeTest {

  /** The recipe of microsoft's experiments/imagenet/cvt/cvt-13-224x224.yaml. */
  private static final List<String> IMAGENET =
      """
      AMP.ENABLED true
      AUG.MIXUP 0.8
      AUG.MIXCUT 1.0
      AUG.TIMM_AUG.USE_LOADER true
      AUG.TIMM_AUG.RE_PROB 0.25
      AUG.TIMM_AUG.AUTO_AUGMENT rand-m9-mstd0.5-inc1
      LOSS.LABEL_SMOOTHING 0.1
      TRAIN.BATCH_SIZE_PER_GPU 256
      TRAIN.LR 0.00025
      TRAIN.END_EPOCH 300
      TRAIN.LR_SCHEDULER.ARGS.warmup_epochs 5
      TRAIN.LR_SCHEDULER.ARGS.cooldown_epochs 10
      TRAIN.OPTIMIZER adamW
      TRAIN.WD 0.05
      TRAIN.WITHOUT_WD_LIST ['bn','bias','ln']
      WORKERS 6"""
          .lines()
          .flatMap(line -> List.of(line.split(" ", 2)).stream())
          .toList();

  private static TrainConfig config(String... overrides) {
    return TrainConfig.of(Experiment.defaults().with(List.of(overrides)));
  }

  @Test
  void imageNetRecipe() {
    Experiment experiment = Variants.experiment("cvt-13").with(IMAGENET);
    TrainConfig config = TrainConfig.of(experiment);
    assertThat(config.model()).isEqualTo(Variants.get("cvt-13").spec());
    assertThat(config.course()).isEqualTo(Course.ofEpochs(300));
    assertThat(config.labelSmoothing()).isEqualTo(0.1);
    assertThat(config.batches()).isEqualTo(TrainConfig.Batches.of(256, 32, 6));
    assertThat(config.optimizer())
        .isEqualTo(
            new OptimizerConfig(
                new OptimizerConfig.UseAdamW(new AdamW.Options(0.9, 0.999, 1e-8)),
                0.05,
                ParameterGroup.PUBLISHED,
                0));
    assertThat(config.rates())
        .isEqualTo(new TrainConfig.Rates(new Schedule.Cosine(2.5e-4, 300, 1e-5, 5, 1e-6), false));
    assertThat(config.augmentation())
        .isEqualTo(
            new Augmentation(
                new Augmentation.Resized(
                    RandomResizedCrop.USUAL_SCALE,
                    RandomResizedCrop.USUAL_RATIO,
                    Interpolation.BICUBIC),
                0.5));
  }

  @Test
  void theResolvedFileRepeatsTheRun(@TempDir Path folder) throws IOException {
    Experiment experiment = Variants.experiment("cvt-13").with(IMAGENET);
    Path file = Files.writeString(folder.resolve("config.yaml"), experiment.toYaml());
    Experiment again = Experiment.read(file);
    assertThat(TrainConfig.of(again)).isEqualTo(TrainConfig.of(experiment));
  }

  @Test
  void saysWhatIsLeftOut() {
    assertThat(TrainConfig.missing(Variants.experiment("cvt-13").with(IMAGENET)))
        .containsExactly(
            "automatic augmentation (AUG.TIMM_AUG.AUTO_AUGMENT rand-m9-mstd0.5-inc1)",
            "random erasing (AUG.TIMM_AUG.RE_PROB)",
            "mixup (AUG.MIXUP)",
            "cutmix (AUG.MIXCUT)");
    assertThat(TrainConfig.missing(Experiment.defaults())).isEmpty();
  }

  @Test
  void goldenExperimentFile() {
    Experiment experiment = Experiment.read(Golden.path("tiny/a_default.yaml"));
    TrainConfig config = TrainConfig.of(experiment);
    assertThat(config.preprocess().size()).isEqualTo(Size.square(64));
    assertThat(config.rates().schedule())
        .isEqualTo(new Schedule.Cosine(2.5e-4, 300, 1e-5, 5, 1e-6));
    assertThat(config.augmentation().crop())
        .as("without timm's loader torchvision's bilinear resize is used")
        .isEqualTo(
            new Augmentation.Resized(
                RandomResizedCrop.USUAL_SCALE,
                RandomResizedCrop.USUAL_RATIO,
                Interpolation.BILINEAR));
    assertThat(TrainConfig.missing(experiment)).isEmpty();
  }

  @Test
  void cifarRecipe() {
    TrainConfig config =
        config(
            "AUG.PAD_CROP", "4",
            "TRAIN.OPTIMIZER", "sgd",
            "TRAIN.NESTEROV", "False",
            "TRAIN.WD", "5e-4",
            "TRAIN.LR_SCHEDULER.METHOD", "CosineAnnealing",
            "TRAIN.LR", "0.01",
            "TRAIN.END_EPOCH", "200",
            "TRAIN.CLIP_GRAD_NORM", "1",
            "TRAIN.SEED", "7");
    assertThat(config.augmentation().crop())
        .isEqualTo(new Augmentation.Shifted(4, Interpolation.BILINEAR));
    assertThat(config.optimizer().method())
        .isEqualTo(new OptimizerConfig.UseSgd(new Sgd.Options(0.9, false)));
    assertThat(config.optimizer().withoutDecay()).isEmpty();
    assertThat(config.optimizer().clipNorm()).isEqualTo(1);
    assertThat(config.rates().schedule()).isEqualTo(new Schedule.Cosine(0.01, 200, 0, 0, 0));
    assertThat(config.seed()).isEqualTo(7);
  }

  @Test
  void theCourseOfARun() {
    TrainConfig config =
        config(
            "TRAIN.BEGIN_EPOCH", "2",
            "TRAIN.END_EPOCH", "9",
            "TRAIN.EVAL_BEGIN_EPOCH", "4",
            "TRAIN.EVAL_EVERY", "50",
            "TRAIN.PROGRESSIVE", "[0, 128, 3, 160]",
            "TRAIN.ACCUMULATE", "4",
            "TRAIN.SHUFFLE", "False",
            "TRAIN.EMA_DECAY", "0.999",
            "TRAIN.EMA_WARMUP", "False",
            "TRAIN.EMA_JUDGED", "ema");
    assertThat(config.course())
        .isEqualTo(
            new Course(
                2,
                9,
                0,
                new Course.Validation(4, 50),
                List.of(
                    new Course.Resized(0, Size.square(128)),
                    new Course.Resized(3, Size.square(160)))));
    assertThat(config.batches()).isEqualTo(new TrainConfig.Batches(32, 4, false, 32, 4));
    assertThat(config.averaging()).isEqualTo(new Averaging(0.999, false, Averaging.Judged.EMA));
    TrainConfig steps = config("TRAIN.STEPS", "500");
    assertThat(steps.course().steps()).isEqualTo(500);
    assertThat(((Schedule.Cosine) steps.rates().schedule()).length()).isEqualTo(500);
    assertThatThrownBy(() -> config("TRAIN.PROGRESSIVE", "[0, 128, 3]"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("TRAIN.PROGRESSIVE")
        .hasMessageContaining("in turn");
    assertThatThrownBy(() -> config("TRAIN.PROGRESSIVE", "[0, 2]"))
        .as("too small for the network")
        .isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> config("TRAIN.EMA_DECAY", "1"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("decay of averaged weights 1.0");
  }

  @Test
  void howARunIsComputedAndGuarded() {
    assertThat(config("AMP.ENABLED", "True").computation())
        .isEqualTo(new Computation(Precision.BF16, false, false));
    assertThat(config().computation()).isEqualTo(Computation.PLAIN);
    assertThat(config().safeguards()).isEqualTo(Safeguards.USUAL);
    TrainConfig config =
        config(
            "AMP.ENABLED", "True",
            "AMP.DTYPE", "fp16",
            "TRAIN.CHECKPOINT_BLOCKS", "True",
            "TRAIN.DETECT_ANOMALY", "True",
            "TRAIN.SAVE_EVERY_STEPS", "100",
            "TRAIN.SAVE_EVERY_MINUTES", "30",
            "TRAIN.SAVE_ALL_MODELS", "True",
            "TRAIN.KEEP_CHECKPOINTS", "3",
            "TRAIN.ON_DIVERGENCE", "rollback",
            "TRAIN.ROLLBACK_LIMIT", "2",
            "TRAIN.ROLLBACK_RATE", "0.1");
    assertThat(config.computation()).isEqualTo(new Computation(Precision.FP16, true, true));
    assertThat(config.safeguards())
        .isEqualTo(
            new Safeguards(
                new Safeguards.Saving(100, 30, true, 3),
                new Safeguards.Divergence(Safeguards.Divergence.Action.ROLLBACK, 2, 0.1)));
    assertThatThrownBy(() -> config("TRAIN.ON_DIVERGENCE", "pray"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("one of stop, rollback");
    assertThatThrownBy(() -> config("TRAIN.ROLLBACK_RATE", "0"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("rate after a rollback 0.0");
  }

  @Test
  void timmsOptimizers() {
    TrainConfig config =
        config("TRAIN.OPTIMIZER", "timm", "TRAIN.OPTIMIZER_ARGS.opt_betas", "[0.9, 0.99]");
    assertThat(config.optimizer())
        .isEqualTo(
            new OptimizerConfig(
                new OptimizerConfig.UseAdamW(new AdamW.Options(0.9, 0.99, 1e-8)),
                0.05,
                ParameterGroup.PUBLISHED,
                0));
  }

  @Test
  void ratesMayFollowEverySteps() {
    TrainConfig config = config("TRAIN.LR_SCHEDULER.PER_STEP", "true", "TRAIN.END_EPOCH", "10");
    Schedule schedule = config.rates().schedule();
    assertThat(config.rates().rate(2, 1, 4)).isEqualTo(schedule.rate(2.25));
    assertThat(new TrainConfig.Rates(schedule, false).rate(2, 1, 4)).isEqualTo(schedule.rate(2));
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThatThrownBy(() -> config("TRAIN.OPTIMIZER", "adam"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("TRAIN.OPTIMIZER")
        .hasMessageContaining("adamw");
    assertThatThrownBy(() -> config("TRAIN.LR_SCHEDULER.METHOD", "MultiStep"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("expected timm or CosineAnnealing");
    assertThatThrownBy(() -> config("TRAIN.END_EPOCH", "0"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("0");
    assertThatThrownBy(() -> config("TRAIN.LR", "-1"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("base rate -1.0");
    assertThatThrownBy(() -> config("TRAIN.BATCH_SIZE_PER_GPU", "-1"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("batch size -1");
  }
}
