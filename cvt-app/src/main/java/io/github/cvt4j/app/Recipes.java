package io.github.cvt4j.app;

import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Variants;
import java.util.List;

/** Recipes that need no file. */
final class Recipes {

  private Recipes() {}

  /**
   * Small and quick: a minute or two on two cores. The published first embedding, 7x7 with stride
   * 4, leaves grids of 8, 4 and 2, which is enough for shapes and a fraction of the work.
   */
  static Experiment demo() {
    return Variants.experiment("cvt-tiny-32")
        .with(
            List.of(
                "DATASET.ROOT", "shapes",
                "MODEL.SPEC.PATCH_SIZE", "[7, 3, 3]",
                "MODEL.SPEC.PATCH_STRIDE", "[4, 2, 2]",
                "MODEL.SPEC.PATCH_PADDING", "[2, 1, 1]",
                "MODEL.SPEC.DIM_EMBED", "[48, 96, 192]",
                "MODEL.SPEC.STRIDE_KV", "[1, 1, 1]",
                "AUG.PAD_CROP", "2",
                "AUG.HFLIP", "0",
                "TRAIN.LR", "0.002",
                "TRAIN.BATCH_SIZE_PER_GPU", "100",
                "TRAIN.END_EPOCH", "7",
                "TEST.BATCH_SIZE_PER_GPU", "100",
                "WORKERS", "1"));
  }
}
