package io.github.cvt4j.app;

import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Variants;
import java.util.List;

/** Recipes that need no file. */
final class Recipes {

  private Recipes() {}

  /** Small and quick: a minute or two on two cores. */
  static Experiment demo() {
    return Variants.experiment("cvt-tiny-32")
        .with(
            List.of(
                "DATASET.ROOT", "shapes",
                "MODEL.NUM_CLASSES", "10",
                "AUG.PAD_CROP", "2",
                "AUG.HFLIP", "0",
                "TRAIN.OPTIMIZER", "adamW",
                "TRAIN.LR", "0.003",
                "TRAIN.WD", "0.05",
                "TRAIN.WITHOUT_WD_LIST", "['bn', 'bias', 'ln']",
                "TRAIN.BATCH_SIZE_PER_GPU", "100",
                "TRAIN.END_EPOCH", "6",
                "TRAIN.LR_SCHEDULER.METHOD", "timm",
                "TRAIN.LR_SCHEDULER.PER_STEP", "true",
                "TRAIN.LR_SCHEDULER.ARGS.warmup_epochs", "1",
                "TRAIN.LR_SCHEDULER.ARGS.min_lr", "0.00001",
                "TEST.BATCH_SIZE_PER_GPU", "100",
                "WORKERS", "2"));
  }
}
