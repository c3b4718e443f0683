package io.github.cvt4j.train;

import io.github.cvt4j.data.Augment;
import io.github.cvt4j.data.ColorJitter;
import io.github.cvt4j.data.Cutout;
import io.github.cvt4j.data.Eraser;
import io.github.cvt4j.data.GaussianBlur;
import io.github.cvt4j.data.Grayscale;
import io.github.cvt4j.data.HorizontalFlip;
import io.github.cvt4j.data.Mixing;
import io.github.cvt4j.data.RandAugment;
import io.github.cvt4j.data.RandAugmentPolicy;
import io.github.cvt4j.data.RandomErasing;
import io.github.cvt4j.data.RandomResizedCrop;
import io.github.cvt4j.data.Rgb;
import io.github.cvt4j.data.Sometimes;
import io.github.cvt4j.data.VerticalFlip;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.Section;
import io.github.cvt4j.spec.SpecException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Turns an experiment's {@code AUG} section into an {@link Augmentation}, with the meaning that
 * microsoft's programs give it ({@code lib/dataset/build.py}, {@code transformas/build.py}, {@code
 * lib/core/function.py}): where {@code TIMM_AUG} is on, timm's transforms run, otherwise
 * torchvision's.
 */
final class AugmentationReader {

  /** DeiT's samplers.py, which microsoft has a copy of. */
  private static final int REPEATS = 3;

  /** Pixels that build.py's fine-tuning cuts off in each direction. */
  private static final int FINETUNE_MARGIN = 32;

  private final Experiment experiment;
  private final Section aug;
  private final Section timm;
  private final boolean usesLoader;
  private final boolean usesTimm;

  private AugmentationReader(Experiment experiment) {
    this.experiment = experiment;
    this.aug = experiment.section("AUG");
    this.timm = aug.section("TIMM_AUG");
    this.usesLoader = timm.flag("USE_LOADER");
    this.usesTimm = usesLoader || timm.flag("USE_TRANSFORM");
  }

  static Augmentation read(Experiment experiment) {
    AugmentationReader reader = new AugmentationReader(experiment);
    return new Augmentation(
        reader.crop(),
        reader.usesTimm ? reader.timmSteps() : reader.torchvisionSteps(),
        reader.erasers(),
        reader.mix(),
        reader.repeats());
  }

  private Augmentation.Crop crop() {
    int padding = aug.integer("PAD_CROP");
    if (padding != 0) {
      return new Augmentation.Shifted(padding, interpolation());
    }
    Section finetune = experiment.section("FINETUNE");
    if (!usesTimm && plainFineTuning(finetune)) {
      return new Augmentation.Enlarged(FINETUNE_MARGIN, interpolation());
    }
    return new Augmentation.Resized(range("SCALE"), range("RATIO"), interpolation());
  }

  private static boolean plainFineTuning(Section finetune) {
    return finetune.flag("FINETUNE") && !finetune.flag("USE_TRAIN_AUG");
  }

  private Interpolation interpolation() {
    if (usesTimm) {
      return timm.choice("INTERPOLATION", Interpolation.class);
    }
    return Interpolation.ofPillow(aug.integer("INTERPOLATION"))
        .orElseThrow(() -> aug.invalid("INTERPOLATION", "2 (bilinear) or 3 (bicubic)"));
  }

  private RandomResizedCrop.Range range(String key) {
    List<Double> bounds = two(key);
    return new RandomResizedCrop.Range(bounds.get(0), bounds.get(1));
  }

  private List<Double> two(String key) {
    List<Double> bounds = aug.numbers(key);
    if (bounds.size() != 2) {
      throw aug.invalid(key, "two numbers, the least and the greatest");
    }
    return bounds;
  }

  private List<Augment> timmSteps() {
    List<Augment> steps = new ArrayList<>();
    steps.add(new HorizontalFlip(timm.number("HFLIP")));
    if (timm.number("VFLIP") != 0) {
      steps.add(new VerticalFlip(timm.number("VFLIP")));
    }
    double jitter = timm.number("COLOR_JITTER");
    if (!timm.text("AUTO_AUGMENT").isEmpty()) {
      steps.add(randAugment());
    } else if (jitter != 0) { // timm does it only without the other
      steps.add(new ColorJitter(jitter, jitter, jitter, 0));
    }
    return steps;
  }

  private RandAugment randAugment() {
    try {
      return new RandAugment(
          RandAugmentPolicy.parse(timm.text("AUTO_AUGMENT")),
          interpolation(),
          Rgb.ofMean(experiment.preprocess().mean()));
    } catch (SpecException e) {
      throw new SpecException("AUG.TIMM_AUG.AUTO_AUGMENT: " + e.getMessage(), e);
    }
  }

  private List<Augment> torchvisionSteps() {
    List<Augment> steps = new ArrayList<>();
    steps.add(new HorizontalFlip(aug.number("HFLIP")));
    if (plainFineTuning(experiment.section("FINETUNE"))) {
      return steps;
    }
    List<Double> jitter = aug.numbers("COLOR_JITTER");
    if (jitter.size() != 5) {
      throw aug.invalid("COLOR_JITTER", "brightness, contrast, saturation, hue, how often");
    }
    sometimes(
        jitter.get(4),
        new ColorJitter(jitter.get(0), jitter.get(1), jitter.get(2), jitter.get(3)),
        steps);
    sometimes(aug.number("GRAY_SCALE"), new Grayscale(), steps);
    sometimes(aug.number("GAUSSIAN_BLUR"), GaussianBlur.usual(), steps);
    return steps;
  }

  private static void sometimes(double probability, Augment step, List<Augment> steps) {
    if (probability != 0) {
      steps.add(new Sometimes(probability, step));
    }
  }

  private List<Eraser> erasers() {
    List<Eraser> erasers = new ArrayList<>();
    if (usesTimm && timm.number("RE_PROB") != 0) {
      erasers.add(
          new RandomErasing(
              timm.number("RE_PROB"),
              timm.choice("RE_MODE", RandomErasing.Mode.class),
              timm.integer("RE_COUNT"),
              usesLoader && timm.flag("RE_SPLIT"))); // a transform alone sees no batch
    }
    if (aug.integer("CUTOUT") != 0) {
      erasers.add(new Cutout(aug.integer("CUTOUT")));
    }
    return erasers;
  }

  private Optional<Mixing.Options> mix() {
    double mixup = aug.number("MIXUP");
    double cutmix = aug.number("MIXCUT");
    Optional<Mixing.Sides> sides = Optional.empty();
    if (!aug.numbers("MIXCUT_MINMAX").isEmpty()) {
      List<Double> bounds = two("MIXCUT_MINMAX");
      sides = Optional.of(new Mixing.Sides(bounds.get(0), bounds.get(1)));
    }
    double probability = aug.number("MIXUP_PROB");
    if (probability == 0 || (mixup == 0 && cutmix == 0 && sides.isEmpty())) {
      return Optional.empty();
    }
    return Optional.of(
        new Mixing.Options(
            new Mixing.Ways(mixup, cutmix, sides, aug.number("MIXUP_SWITCH_PROB")),
            probability,
            aug.choice("MIXUP_MODE", Mixing.Mode.class),
            aug.integer("MIXUP_OFF_EPOCH")));
  }

  private int repeats() {
    Section dataset = experiment.section("DATASET");
    return switch (dataset.text("SAMPLER")) {
      case "default" -> 1;
      case "repeated_aug" -> REPEATS;
      default -> throw dataset.invalid("SAMPLER", "default or repeated_aug");
    };
  }
}
