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
import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.spec.Variants;
import io.github.cvt4j.tensor.Processor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    assertThat(config.loss()).isEqualTo(new Loss.CrossEntropy(0.1));
    assertThat(config.batches()).isEqualTo(TrainConfig.Batches.of(256, 32, 6));
    assertThat(config.optimizer())
        .isEqualTo(
            new OptimizerConfig(
                new OptimizerConfig.UseAdamW(new AdamW.Options(0.9, 0.999, 1e-8)),
                ParameterRules.published(0.05),
                Clipping.NONE));
    assertThat(config.rates())
        .isEqualTo(new TrainConfig.Rates(Schedules.warmedUp(2.5e-4, 300, 1e-5, 5, 1e-6), false));
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
    assertThat(TrainConfig.missing(Variants.experiment("cvt-13").with(IMAGENET))).isEmpty();
    assertThat(TrainConfig.missing(Experiment.defaults())).isEmpty();
    assertThat(
            TrainConfig.missing(
                Experiment.defaults()
                    .with(List.of("MODEL.PRETRAINED", "a.pth", "DATASET.TRAIN_SET", "train_all"))))
        .as("what would go unnoticed is said")
        .hasSize(2);
  }

  @Test
  void goldenExperimentFile() {
    Experiment experiment = Experiment.read(Golden.path("tiny/a_default.yaml"));
    TrainConfig config = TrainConfig.of(experiment);
    assertThat(config.preprocess().size()).isEqualTo(Size.square(64));
    assertThat(config.rates().schedule()).isEqualTo(Schedules.warmedUp(2.5e-4, 300, 1e-5, 5, 1e-6));
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
    assertThat(config.optimizer().rules().withoutDecay()).isEmpty();
    assertThat(config.optimizer().clipping()).isEqualTo(new Clipping(Clipping.Mode.NORM, 1));
    assertThat(config.rates().schedule()).isEqualTo(Schedule.cosine(0.01, 200, 0));
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
    assertThat(steps.rates().schedule())
        .isEqualTo(config("TRAIN.END_EPOCH", "500").rates().schedule());
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
    assertThat(config("AMP.ENABLED", "True").computation().precision())
        .isEqualTo(MixedPrecision.AUTO.on(Processor.here()));
    assertThat(config("AMP.ENABLED", "True", "AMP.DTYPE", "bf16").computation())
        .isEqualTo(new Computation(Precision.BF16, false, false));
    assertThat(config().computation()).isEqualTo(Computation.PLAIN);
    Experiment asked = Experiment.defaults().with(List.of("AMP.ENABLED", "True"));
    assertThat(TrainConfig.settled(asked).section("AMP").text("DTYPE"))
        .isEqualTo(Processor.here().multipliesBf16() ? "bf16" : "fp32");
    assertThat(TrainConfig.settled(Experiment.defaults()).toYaml())
        .isEqualTo(Experiment.defaults().toYaml());
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
  void fineTuningSection() {
    TrainConfig config =
        config(
            "FINETUNE.FINETUNE", "True",
            "FINETUNE.BATCH_SIZE", "128",
            "FINETUNE.FROZEN_LAYERS", "['stage0']",
            "FINETUNE.EVAL_EVERY", "100",
            "TRAIN.STEPS", "500");
    assertThat(config.batches().size()).isEqualTo(32);
    assertThat(config.batches().accumulate()).isEqualTo(4);
    assertThat(config.course().steps()).isEqualTo(500);
    assertThat(config.course().validation().every()).isEqualTo(100);
    assertThat(config.optimizer().rules().frozen().layers()).containsExactly("stage0");
    assertThat(config.rate(0, 200, 7)).as("a tenth from 30 % on").isEqualTo(0.003 * 0.1);
    assertThat(FineTuning.steps(3680)).isEqualTo(500);
    assertThat(FineTuning.steps(50_000)).isEqualTo(10_000);
    assertThat(FineTuning.steps(1_281_167)).isEqualTo(20_000);
    assertThatThrownBy(() -> config("FINETUNE.FINETUNE", "True", "FINETUNE.BATCH_SIZE", "100"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("FINETUNE.BATCH_SIZE 100")
        .hasMessageContaining("a multiple of TRAIN.BATCH_SIZE_PER_GPU, 32");
  }

  @Test
  void timmsOptimizers() {
    String betas = "TRAIN.OPTIMIZER_ARGS.opt_betas";
    TrainConfig config = config("TRAIN.OPTIMIZER", "timm", betas, "[0.9, 0.99]");
    AdamW.Options adam = new AdamW.Options(0.9, 0.99, 1e-8);
    assertThat(config.optimizer())
        .isEqualTo(
            new OptimizerConfig(
                new OptimizerConfig.UseAdamW(adam), ParameterRules.published(0.05), Clipping.NONE));
    assertThat(
            config(
                    "TRAIN.OPTIMIZER", "timm",
                    "TRAIN.OPTIMIZER_ARGS.lr", "0.25",
                    "TRAIN.LR", "0.5",
                    "TRAIN.LR_SCHEDULER.METHOD", "CosineAnnealing",
                    "TRAIN.END_EPOCH", "10")
                .rates()
                .schedule())
        .isEqualTo(Schedule.cosine(0.25, 10, 0));
    String name = "TRAIN.OPTIMIZER_ARGS.opt";
    assertThat(method("TRAIN.OPTIMIZER", "timm", name, "adam", betas, "[0.9, 0.99]"))
        .isEqualTo(new OptimizerConfig.UseAdam(adam));
    assertThat(method("TRAIN.OPTIMIZER", "timm", name, "lamb", betas, "[0.9, 0.99]"))
        .isEqualTo(new OptimizerConfig.UseLamb(new Lamb.Options(adam, 1)));
    assertThat(method("TRAIN.OPTIMIZER", "timm", name, "nesterov"))
        .isEqualTo(new OptimizerConfig.UseSgd(new Sgd.Options(0.9, true)));
    assertThat(method("TRAIN.OPTIMIZER", "timm", name, "momentum"))
        .isEqualTo(new OptimizerConfig.UseSgd(new Sgd.Options(0.9, false)));
    assertThat(method("TRAIN.OPTIMIZER", "timm", name, "rmsproptf"))
        .isEqualTo(
            new OptimizerConfig.UseRmsProp(
                new RmsProp.Options(0.9, 1e-8, 0.9, false, RmsProp.Flavour.TENSORFLOW)));
  }

  private static OptimizerConfig.Method method(String... overrides) {
    return config(overrides).optimizer().method();
  }

  @Test
  void microsoftsOptimizers() {
    assertThat(method("TRAIN.OPTIMIZER", "adam"))
        .isEqualTo(new OptimizerConfig.UseAdam(AdamW.Options.DEFAULT));
    assertThat(method("TRAIN.OPTIMIZER", "rmsprop", "TRAIN.RMSPROP_CENTERED", "true"))
        .isEqualTo(
            new OptimizerConfig.UseRmsProp(
                new RmsProp.Options(0.99, 1e-8, 0.9, true, RmsProp.Flavour.TORCH)));
  }

  @Test
  void ratesOfLayersAndFrozenOnes() {
    TrainConfig config =
        config(
            "TRAIN.LAYER_DECAY", "0.75",
            "TRAIN.CLIP_GRAD_MODE", "agc",
            "TRAIN.CLIP_GRAD_NORM", "0.01",
            "FINETUNE.FINETUNE", "true",
            "FINETUNE.FROZEN_LAYERS", "['stage0']");
    assertThat(config.optimizer().rules())
        .isEqualTo(new ParameterRules(1e-4, Set.of(), 0.75, new Frozen(List.of("stage0"), false)));
    assertThat(config.optimizer().clipping()).isEqualTo(new Clipping(Clipping.Mode.AGC, 0.01));
  }

  @Test
  void losses() {
    Experiment smoothed = Experiment.defaults().with(List.of("LOSS.LABEL_SMOOTHING", "0.1"));
    assertThat(OptimizerReader.loss(smoothed)).isEqualTo(new Loss.CrossEntropy(0.1));
    Experiment binary = smoothed.with(List.of("LOSS.LOSS", "bce"));
    assertThat(OptimizerReader.loss(binary))
        .isEqualTo(new Loss.BinaryCrossEntropy(0.1, OptionalDouble.empty()));
    assertThat(OptimizerReader.loss(binary.with(List.of("LOSS.BCE_THRESHOLD", "0.2"))))
        .isEqualTo(new Loss.BinaryCrossEntropy(0.1, OptionalDouble.of(0.2)));
  }

  @Test
  void muonAndItsShareForAdamW() {
    TrainConfig config =
        config(
            "TRAIN.OPTIMIZER", "muon", "TRAIN.MOMENTUM", "0.95", "TRAIN.MUON.ADAMW_RATIO", "0.1");
    assertThat(config.optimizer().method())
        .isEqualTo(
            new OptimizerConfig.UseMuon(
                new Muon.Options(0.95, true, 5, 0.1, AdamW.Options.DEFAULT)));
  }

  @Test
  void ratesMayFollowEverySteps() {
    TrainConfig config = config("TRAIN.LR_SCHEDULER.PER_STEP", "true", "TRAIN.END_EPOCH", "10");
    Schedule schedule = config.rates().schedule();
    assertThat(config.rates().rate(2, 1, 4)).isEqualTo(schedule.rate(2.25));
    assertThat(new TrainConfig.Rates(schedule, false).rate(2, 1, 4)).isEqualTo(schedule.rate(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          TRAIN.OPTIMIZER                       | adagrad | one of sgd, adam, adamw
          TRAIN.LR_SCHEDULER.METHOD             | Plateau | one of timm, multistep
          TRAIN.LR_SCHEDULER.ARGS.sched         | plateau | one of cosine, tanh
          TRAIN.LR_SCHEDULER.ARGS.lr_noise      | [0.4]   | no noise
          TRAIN.LR_SCHEDULER.ARGS.lr_cycle_limit| 0       | cycles of the learning rate 0
          TRAIN.CLIP_GRAD_MODE                  | rows    | one of norm, value, agc
          TRAIN.CLIP_GRAD_NORM                  | -1      | gradient limit -1.0
          TRAIN.LAYER_DECAY                     | 1.5     | layer decay 1.5
          TRAIN.WD                              | -1      | weight decay -1.0
          TRAIN.END_EPOCH                       | 0       | 0
          TRAIN.LR                              | -1      | base rate -1.0
          TRAIN.BATCH_SIZE_PER_GPU              | -1      | batch size -1
          """)
  void refusesWhatItDoesNotKnow(String key, String value, String message) {
    assertThatThrownBy(() -> config(key, value))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message);
  }
}
