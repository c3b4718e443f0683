package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import io.github.cvt4j.data.HorizontalFlip;
import io.github.cvt4j.data.Mixing;
import io.github.cvt4j.data.RandAugment;
import io.github.cvt4j.data.RandAugmentPolicy;
import io.github.cvt4j.data.RandomErasing;
import io.github.cvt4j.data.RandomResizedCrop;
import io.github.cvt4j.data.Rgb;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.spec.Variants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
    assertThat(config.epochs()).isEqualTo(300);
    assertThat(config.labelSmoothing()).isEqualTo(0.1);
    assertThat(config.batches()).isEqualTo(new TrainConfig.Batches(256, 32, 6));
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
                List.of(
                    new HorizontalFlip(0.5),
                    new RandAugment(
                        RandAugmentPolicy.parse("rand-m9-mstd0.5-inc1"),
                        Interpolation.BICUBIC,
                        new Rgb(124, 116, 104))),
                List.of(new RandomErasing(0.25, RandomErasing.Mode.PIXEL, 1, false)),
                Optional.of(
                    new Mixing.Options(
                        new Mixing.Ways(0.8, 1, Optional.empty(), 0.5), 1, Mixing.Mode.BATCH, 0)),
                1));
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
        .containsExactly("mixed precision (AMP.ENABLED)");
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
