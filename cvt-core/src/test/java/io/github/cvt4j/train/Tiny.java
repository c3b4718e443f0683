package io.github.cvt4j.train;

import io.github.cvt4j.Golden;
import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.DropRates;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Init;
import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import java.util.List;

/** Small models for tests. */
final class Tiny {

  private Tiny() {}

  /** The golden a_default. */
  static CvtSpec golden() {
    return Experiment.read(Golden.path("tiny/a_default.yaml")).spec();
  }

  /** Two stages for 16x16 pictures, with drop path, so that training draws random numbers. */
  static CvtSpec small(int classes) {
    return new CvtSpec(
        List.of(
            stage(new Patch(3, 2, 1), 8, 1, 1, false, 0),
            stage(new Patch(3, 2, 1), 16, 2, 2, true, 0.2)),
        classes,
        3,
        Activation.QUICK_GELU,
        Init.TRUNC_NORM,
        Size.square(16));
  }

  private static StageSpec stage(
      Patch patch, int dim, int heads, int depth, boolean clsToken, double dropPath) {
    return new StageSpec(
        patch,
        dim,
        heads,
        depth,
        /* mlpRatio= */ 4,
        /* qkvBias= */ true,
        clsToken,
        /* posEmbed= */ false,
        Projection.SQUEEZED,
        DropRates.path(dropPath));
  }
}
