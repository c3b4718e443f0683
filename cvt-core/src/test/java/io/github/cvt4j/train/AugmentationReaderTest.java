package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.data.ColorJitter;
import io.github.cvt4j.data.Cutout;
import io.github.cvt4j.data.GaussianBlur;
import io.github.cvt4j.data.Grayscale;
import io.github.cvt4j.data.HorizontalFlip;
import io.github.cvt4j.data.Mixing;
import io.github.cvt4j.data.RandAugment;
import io.github.cvt4j.data.RandAugmentPolicy;
import io.github.cvt4j.data.RandomErasing;
import io.github.cvt4j.data.Rgb;
import io.github.cvt4j.data.Sometimes;
import io.github.cvt4j.data.VerticalFlip;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@code AUG} and {@code DATASET.SAMPLER} mean. */
class AugmentationReaderTest {

  private static Augmentation read(String... overrides) {
    return AugmentationReader.read(Experiment.defaults().with(List.of(overrides)));
  }

  @Test
  void defaultsAreTorchvisionsCropAndFlip() {
    Augmentation plain = read();
    assertThat(plain.crop()).isInstanceOf(Augmentation.Resized.class);
    assertThat(plain).isEqualTo(new Augmentation(plain.crop(), 0.5));
    assertThat(plain.mixing(10, 0.1)).isEmpty();
    assertThat(plain.repeats()).isEqualTo(1);
  }

  @Test
  void withTimmsLoaderTimmsTransformsRun() {
    Augmentation timm =
        read(
            "AUG.TIMM_AUG.USE_LOADER", "true",
            "AUG.TIMM_AUG.AUTO_AUGMENT", "rand-m9-mstd0.5-inc1",
            "AUG.TIMM_AUG.HFLIP", "0.4",
            "AUG.TIMM_AUG.VFLIP", "0.1",
            "AUG.TIMM_AUG.RE_PROB", "0.25",
            "AUG.TIMM_AUG.RE_MODE", "rand",
            "AUG.TIMM_AUG.RE_COUNT", "3",
            "AUG.TIMM_AUG.RE_SPLIT", "true",
            "AUG.COLOR_JITTER", "[0.4, 0.4, 0.4, 0.1, 0.8]");
    assertThat(timm.steps())
        .containsExactly(
            new HorizontalFlip(0.4),
            new VerticalFlip(0.1),
            new RandAugment(
                new RandAugmentPolicy(9, 0.5, 2, true, false),
                Interpolation.BICUBIC,
                new Rgb(124, 116, 104)));
    assertThat(timm.erasers())
        .containsExactly(new RandomErasing(0.25, RandomErasing.Mode.RAND, 3, true));
  }

  @Test
  void timmsTransformAloneSeesNoBatchAndJittersWithoutRandAugment() {
    Augmentation timm =
        read(
            "AUG.TIMM_AUG.USE_TRANSFORM", "true",
            "AUG.TIMM_AUG.RE_PROB", "0.25",
            "AUG.TIMM_AUG.RE_SPLIT", "true");
    assertThat(timm.steps())
        .containsExactly(new HorizontalFlip(0.5), new ColorJitter(0.4, 0.4, 0.4, 0));
    assertThat(timm.erasers())
        .containsExactly(new RandomErasing(0.25, RandomErasing.Mode.PIXEL, 1, false));
  }

  @Test
  void withoutTimmTorchvisionsTransformsRun() {
    Augmentation torchvision =
        read(
            "AUG.COLOR_JITTER", "[0.4, 0.3, 0.2, 0.1, 0.8]",
            "AUG.GRAY_SCALE", "0.2",
            "AUG.GAUSSIAN_BLUR", "0.5",
            "AUG.TIMM_AUG.AUTO_AUGMENT", "rand-m9",
            "AUG.TIMM_AUG.RE_PROB", "0.25");
    assertThat(torchvision.steps())
        .containsExactly(
            new HorizontalFlip(0.5),
            new Sometimes(0.8, new ColorJitter(0.4, 0.3, 0.2, 0.1)),
            new Sometimes(0.2, new Grayscale()),
            new Sometimes(0.5, new GaussianBlur(0.1, 2)));
    assertThat(torchvision.erasers()).isEmpty();
  }

  @Test
  void fineTuningWarpsAndCuts() {
    Augmentation plain = read("FINETUNE.FINETUNE", "true", "AUG.GRAY_SCALE", "0.2");
    assertThat(plain)
        .isEqualTo(new Augmentation(new Augmentation.Enlarged(32, Interpolation.BILINEAR), 0.5));
    assertThat(read("FINETUNE.FINETUNE", "true", "FINETUNE.USE_TRAIN_AUG", "true").crop())
        .isInstanceOf(Augmentation.Resized.class);
  }

  @Test
  void mixupAndCutmix() {
    Mixing.Options always =
        new Mixing.Options(new Mixing.Ways(0.8, 1, Optional.empty(), 0.5), 1, Mixing.Mode.BATCH, 0);
    assertThat(read("AUG.MIXUP", "0.8", "AUG.MIXCUT", "1.0").mixing(10, 0.1))
        .as("always, unless MIXUP_PROB says otherwise")
        .contains(new Mixing(always, 10, 0.1));
    assertThat(read("AUG.MIXUP", "0.8", "AUG.MIXUP_PROB", "0").mix())
        .as("microsoft's function.py makes no Mixup then")
        .isEmpty();
    assertThat(
            read(
                    "AUG.MIXCUT_MINMAX", "[0.2, 0.8]",
                    "AUG.MIXUP_PROB", "0.7",
                    "AUG.MIXUP_SWITCH_PROB", "0.3",
                    "AUG.MIXUP_MODE", "pair",
                    "AUG.MIXUP_OFF_EPOCH", "250")
                .mix())
        .contains(
            new Mixing.Options(
                new Mixing.Ways(0, 0, Optional.of(new Mixing.Sides(0.2, 0.8)), 0.3),
                0.7,
                Mixing.Mode.PAIR,
                250));
  }

  @Test
  void cutoutAndRepeats() {
    Augmentation cutout =
        read("AUG.CUTOUT", "16", "AUG.PAD_CROP", "4", "DATASET.SAMPLER", "repeated_aug");
    assertThat(cutout.erasers()).containsExactly(new Cutout(16));
    assertThat(cutout.repeats()).isEqualTo(3);
  }

  @Test
  void transformsHaveTheSizeAskedFor() {
    Preprocess preprocess = Preprocess.standard(Size.square(32));
    assertThat(read().transform(preprocess, new Size(8, 16)).size()).isEqualTo(new Size(8, 16));
  }

  @Test
  void saysWhichKeyIsWrong() {
    assertRefused(
        "AUG.TIMM_AUG.AUTO_AUGMENT: 'v0' in 'v0-mstd1': expected rand, then", timm("v0-mstd1"));
    assertRefused("DATASET.SAMPLER", "DATASET.SAMPLER", "twice");
    assertRefused("AUG.MIXUP_MODE", "AUG.MIXUP_MODE", "half", "AUG.MIXUP", "1");
    assertRefused("AUG.COLOR_JITTER", "AUG.COLOR_JITTER", "[0.4]");
    assertRefused("AUG.MIXCUT_MINMAX", "AUG.MIXCUT_MINMAX", "[0.4]");
    assertRefused("AUG.INTERPOLATION", "AUG.INTERPOLATION", "7");
    assertRefused("mixup -1.0", "AUG.MIXUP", "-1");
    assertRefused("cutout of -1", "AUG.CUTOUT", "-1");
    assertRefused("crop padding -1", "AUG.PAD_CROP", "-1");
    assertRefused("probability 2.0", "AUG.GRAY_SCALE", "2");
    assertRefused("flip probability 1.5", "AUG.HFLIP", "1.5");
  }

  private static String[] timm(String policy) {
    return new String[] {"AUG.TIMM_AUG.USE_LOADER", "true", "AUG.TIMM_AUG.AUTO_AUGMENT", policy};
  }

  private static void assertRefused(String message, String... overrides) {
    assertThatThrownBy(() -> read(overrides))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message);
  }
}
