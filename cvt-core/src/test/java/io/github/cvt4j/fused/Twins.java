package io.github.cvt4j.fused;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.weights.StateDict;

/** The engine on kernels of the test's choice, instead of the fastest that there are. */
public final class Twins {

  private Twins() {}

  public static FusedCvt packed(CvtSpec spec, StateDict weights, ComputeType type) {
    return new FusedCvt(spec, weights.tensors(), type, Kernels.PACKED);
  }

  public static FusedCvt plain(CvtSpec spec, StateDict weights, ComputeType type) {
    return new FusedCvt(spec, weights.tensors(), type, Kernels.PLAIN);
  }
}
