package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.data.ColorJitter;
import io.github.cvt4j.data.GaussianBlur;
import io.github.cvt4j.data.Grayscale;
import io.github.cvt4j.data.HorizontalFlip;
import io.github.cvt4j.data.Mixing;
import io.github.cvt4j.data.RandAugment;
import io.github.cvt4j.data.RandomErasing;
import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.spec.Variants;
import io.github.cvt4j.tensor.Processor;
import io.github.cvt4j.train.AdamW;
import io.github.cvt4j.train.Augmentation;
import io.github.cvt4j.train.Clipping;
import io.github.cvt4j.train.Loss;
import io.github.cvt4j.train.OptimizerConfig;
import io.github.cvt4j.train.ParameterGroup;
import io.github.cvt4j.train.Sgd;
import io.github.cvt4j.train.TrainConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The recipes under {@code configs/}: each can be run, and says what its source says. */
class ConfigsTest {

  private static final Path ROOT = Path.of("..");

  /** A path of a recipe in a text. */
  private static final Pattern MENTION = Pattern.compile("configs/[a-z0-9/-]+\\.yaml");

  /** microsoft's five files, and the variant that each trains. */
  private static final String PUBLISHED =
      """
      cvt-13-224x224, cvt-13, 0.05
      cvt-13-384x384, cvt-13-384, 0.05
      cvt-21-224x224, cvt-21, 0.1
      cvt-21-384x384, cvt-21-384, 0.1
      cvt-w24-384x384, cvt-w24, 0.1
      """;

  private static List<Path> recipes() {
    try (Stream<Path> files = Files.walk(ROOT.resolve("configs"))) {
      List<Path> recipes = files.filter(Files::isRegularFile).sorted().toList();
      assertThat(recipes).hasSizeGreaterThan(10);
      return recipes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyRecipeCanBeTrainedInFull(Path recipe) {
    Experiment experiment = Experiment.read(recipe);
    assertThat(TrainConfig.of(experiment)).isNotNull();
    assertThat(TrainConfig.missing(experiment)).as("what is left out").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyRecipeGivesACommandThatNamesIt(Path recipe) throws IOException {
    if (recipe.endsWith("paper.yaml")) {
      return; // the beginning of others
    }
    String text = Files.readString(recipe);
    assertThat(text)
        .contains("#   ./cvt ")
        .contains("" + ROOT.relativize(recipe))
        .containsPattern("(?i)never run here|top-1|depends on the data");
  }

  @Test
  void whatTextsCallARecipeIsThere() throws IOException {
    List<Path> texts = new ArrayList<>(recipes());
    texts.add(ROOT.resolve("README.md"));
    List<String> mentions = new ArrayList<>();
    for (Path text : texts) {
      Matcher matcher = MENTION.matcher(Files.readString(text));
      while (matcher.find()) {
        mentions.add(matcher.group());
      }
    }
    assertThat(mentions).hasSizeGreaterThan(10);
    assertThat(mentions).allSatisfy(mention -> assertThat(ROOT.resolve(mention)).exists());
  }

  @ParameterizedTest
  @CsvSource(textBlock = PUBLISHED)
  void thePublishedSettingsAreMicrosofts(String file, String variant, double decay) {
    TrainConfig config = imagenet(file);
    assertThat(config.model()).isEqualTo(Variants.get(variant).spec());
    assertThat(config.preprocess()).isEqualTo(Variants.get(variant).preprocess());
    assertThat(config.optimizer().method())
        .isEqualTo(new OptimizerConfig.UseAdamW(AdamW.Options.DEFAULT));
    assertThat(config.optimizer().rules().weightDecay()).isEqualTo(decay);
    assertThat(config.optimizer().rules().withoutDecay()).isEqualTo(ParameterGroup.PUBLISHED);
    assertThat(config.optimizer().clipping()).isEqualTo(Clipping.NONE);
    assertThat(config.loss()).isEqualTo(new Loss.CrossEntropy(0.1));
    assertThat(config.course().end()).isEqualTo(300);
    assertThat(config.computation().precision())
        .isEqualTo(Processor.here().multipliesBf16() ? Precision.BF16 : Precision.FP32);
    assertThat(config.augmentation().mix())
        .contains(
            new Mixing.Options(
                new Mixing.Ways(0.8, 1, Optional.empty(), 0.5), 1, Mixing.Mode.BATCH, 0));
  }

  @ParameterizedTest
  @CsvSource(textBlock = PUBLISHED)
  void theRateIsMicrosoftsInEveryEpoch(String file) {
    Experiment alone = Experiment.read(imagenetFile(file));
    TrainConfig.Rates one = TrainConfig.of(alone).rates();
    // As its comment says for one process in place of eight.
    TrainConfig all =
        TrainConfig.of(alone.with(List.of("TRAIN.ACCUMULATE", "8", "TRAIN.LR", "0.002")));
    assertThat(all.batches().size() * all.batches().accumulate()).isEqualTo(2048);
    List<String[]> golden = Golden.csv("sched/timm_cosine_300.csv", 3);
    for (String[] row : golden.subList(0, 300)) {
      int epoch = Integer.parseInt(row[0]);
      assertRate(one.rate(epoch, 7, 9), row[1], epoch);
      assertRate(all.rates().rate(epoch, 7, 9), row[2], epoch);
    }
  }

  private static void assertRate(double rate, String golden, int epoch) {
    double expected = Double.parseDouble(golden);
    assertThat(rate).as("epoch " + epoch).isCloseTo(expected, within(1e-12 * expected));
  }

  @ParameterizedTest
  @CsvSource({
    "cvt-13-224x224, true",
    "cvt-13-384x384, true",
    "cvt-21-224x224, false",
    "cvt-21-224x224-paper, true",
    "cvt-21-384x384, true",
    "cvt-w24-384x384, true"
  })
  void timmsAugmentationRunsWhereItsLoaderIsOn(String file, boolean on) {
    Augmentation augmentation = imagenet(file).augmentation();
    assertThat(augmentation.steps()).hasAtLeastOneElementOfType(HorizontalFlip.class);
    if (on) {
      assertThat(augmentation.steps()).hasAtLeastOneElementOfType(RandAugment.class);
      assertThat(augmentation.erasers())
          .containsExactly(new RandomErasing(0.25, RandomErasing.Mode.PIXEL, 1, false));
    } else {
      assertThat(augmentation.steps())
          .doesNotHaveAnyElementsOfTypes(
              RandAugment.class, ColorJitter.class, Grayscale.class, GaussianBlur.class);
      assertThat(augmentation.erasers()).isEmpty();
    }
    assertThat(((Augmentation.Resized) augmentation.crop()).interpolation())
        .isEqualTo(on ? Interpolation.BICUBIC : Interpolation.BILINEAR);
  }

  @Test
  void thePapersVariantDiffersInItsAugmentationOnly() {
    Experiment code = Experiment.read(imagenetFile("cvt-21-224x224"));
    assertThat(Experiment.read(imagenetFile("cvt-21-224x224-paper")))
        .isEqualTo(code.with(List.of("AUG.TIMM_AUG.USE_LOADER", "true")));
  }

  @ParameterizedTest
  @CsvSource({
    "imagenet, 20000",
    "cifar-10, 10000",
    "cifar-100, 10000",
    "oxford-pets, 500",
    "oxford-flowers, 500"
  })
  void fineTuningIsThePapers(String file, int steps) {
    TrainConfig config = read("configs/finetune/" + file + ".yaml");
    assertThat(config.course().steps()).isEqualTo(steps);
    assertThat(config.batches().size() * config.batches().accumulate()).isEqualTo(512);
    assertThat(config.optimizer().method())
        .isEqualTo(new OptimizerConfig.UseSgd(new Sgd.Options(0.9, false)));
    assertThat(config.optimizer().rules().weightDecay()).isZero();
    assertThat(config.optimizer().clipping()).isEqualTo(new Clipping(Clipping.Mode.NORM, 1));
    assertThat(config.model().imageSize()).isEqualTo(Size.square(384));
    assertThat(config.preprocess())
        .isEqualTo(
            new Preprocess(
                Size.square(384),
                Preprocess.Resize.WARP,
                1,
                Interpolation.BICUBIC,
                Preprocess.IMAGENET_MEAN,
                Preprocess.IMAGENET_STD));
    assertThat(config.rates().schedule().rate(0)).isZero();
    assertThat(config.rates().schedule().rate(0.05 * steps)).isCloseTo(0.003, within(1e-12));
    assertThat(config.rates().schedule().rate(steps)).isCloseTo(0, within(1e-12));
    assertThat(config.course().validation().every())
        .as("steps between validations, none of which is before the end")
        .isGreaterThanOrEqualTo(steps);
  }

  @Test
  void theReproductionIsThePublishedRecipe() {
    TrainConfig config = read("configs/cifar10/reproduction.yaml");
    assertThat(config.model().grids(Size.square(32)))
        .containsExactly(Size.square(8), Size.square(4), Size.square(2));
    assertThat(config.model().stages())
        .extracting(StageSpec::dim, StageSpec::depth, StageSpec::heads, StageSpec::clsToken)
        .map(Object::toString)
        .containsExactly("(64, 1, 1, false)", "(192, 2, 3, false)", "(384, 10, 6, false)");
    assertThat(config.augmentation())
        .isEqualTo(new Augmentation(new Augmentation.Shifted(4, Interpolation.BILINEAR), 0.5));
    assertThat(config.optimizer().method())
        .isEqualTo(new OptimizerConfig.UseSgd(new Sgd.Options(0.9, false)));
    assertThat(config.optimizer().rules().weightDecay()).isEqualTo(5e-4);
    assertThat(config.optimizer().rules().withoutDecay()).isEmpty();
    assertThat(config.loss()).isEqualTo(new Loss.CrossEntropy(0));
    assertThat(config.batches().size()).isEqualTo(128);
    assertThat(config.batches().accumulate()).isEqualTo(1);
    int epochs = config.course().end();
    assertThat(config.rates().rate(0, 5, 391)).isEqualTo(0.01);
    assertThat(config.rates().schedule().rate(epochs / 2.0)).isCloseTo(0.005, within(1e-12));
    assertThat(config.rates().schedule().rate(epochs)).isCloseTo(0, within(1e-12));
    assertThat(config.course().validation().from()).isGreaterThanOrEqualTo(epochs);
  }

  private static TrainConfig imagenet(String file) {
    return TrainConfig.of(Experiment.read(imagenetFile(file)));
  }

  private static Path imagenetFile(String file) {
    return ROOT.resolve("configs/imagenet").resolve(file + ".yaml");
  }

  private static TrainConfig read(String file) {
    return TrainConfig.of(Experiment.read(ROOT.resolve(file)));
  }
}
