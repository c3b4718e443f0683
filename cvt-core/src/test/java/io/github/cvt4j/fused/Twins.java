package io.github.cvt4j.fused;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.tensor.Processor;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.StateDict;

/** The engine on kernels of the test's choice, instead of the fastest that there are. */
public final class Twins {

  private Twins() {}

  public static FusedCvt packed(CvtSpec spec, StateDict weights) {
    return open(spec, weights, ComputeType.FP32, Kernels.PACKED, AttentionKernel.FLASH);
  }

  public static FusedCvt plain(CvtSpec spec, StateDict weights) {
    return open(spec, weights, ComputeType.FP32, Kernels.PLAIN, AttentionKernel.PRODUCTS);
  }

  /** In bfloat16. */
  public static FusedCvt half(CvtSpec spec, StateDict weights, boolean matrixUnit) {
    return open(
        spec,
        weights,
        ComputeType.BF16,
        Kernels.best(ComputeType.BF16, Processor.here()),
        matrixUnit ? AttentionKernel.FLASH_TILES : AttentionKernel.PRODUCTS);
  }

  private static FusedCvt open(
      CvtSpec spec,
      StateDict weights,
      ComputeType type,
      Kernels kernels,
      AttentionKernel attention) {
    return new FusedCvt(
        spec,
        new Weights(
            weights.tensors(),
            type,
            kernels,
            attention,
            Quantization.of(weights),
            Rounding.largest(Processor.here()),
            /* observer= */ null));
  }
}
