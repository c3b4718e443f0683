package io.github.cvt4j.train;

import io.github.cvt4j.nn.Precision;
import java.util.Objects;

/**
 * How a step is computed.
 *
 * @param precision of matrix products in training; validation is float32 throughout
 * @param checkpointBlocks whether blocks run a second time in the backward pass instead of keeping
 *     their intermediates: the same gradients in less memory and more time
 * @param detectAnomaly whether the backward pass looks for the operator that a NaN first came out
 *     of; slow
 */
public record Computation(Precision precision, boolean checkpointBlocks, boolean detectAnomaly) {

  /** Float32, as fast as it goes. */
  public static final Computation PLAIN = new Computation(Precision.FP32, false, false);

  public Computation {
    Objects.requireNonNull(precision);
  }
}
