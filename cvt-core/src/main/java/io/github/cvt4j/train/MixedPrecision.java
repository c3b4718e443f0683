package io.github.cvt4j.train;

import io.github.cvt4j.nn.Precision;
import io.github.cvt4j.tensor.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What may be asked for as the type of matrix products, {@code AMP.DTYPE}. */
enum MixedPrecision {
  /**
   * bfloat16 if this processor multiplies it natively, which costs little and saves much; if not
   * float32.
   */
  AUTO,
  /** bfloat16 in any case: many times slower than float32 where it is emulated. */
  BF16,
  /** IEEE half, likewise. */
  FP16,
  /** Float32. */
  FP32;

  private static final Logger LOG = LoggerFactory.getLogger(MixedPrecision.class);

  /** The type to compute in on a processor; a choice is logged. */
  Precision on(Processor processor) {
    return switch (this) {
      case AUTO -> choose(processor);
      case BF16 -> Precision.BF16;
      case FP16 -> Precision.FP16;
      case FP32 -> Precision.FP32;
    };
  }

  private static Precision choose(Processor processor) {
    boolean native16 = processor.multipliesBf16();
    LOG.info(
        "training in {}: this processor {} bfloat16 natively",
        native16 ? "bf16" : "fp32",
        native16 ? "multiplies" : "does not multiply");
    return native16 ? Precision.BF16 : Precision.FP32;
  }
}
