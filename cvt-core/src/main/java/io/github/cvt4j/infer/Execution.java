package io.github.cvt4j.infer;

import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.tensor.Processor;
import io.github.cvt4j.weights.Quantization;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a network is computed.
 *
 * @param engine which implementation
 * @param type of weights and activations
 */
public record Execution(Engine engine, ComputeType type) {

  private static final Logger LOG = LoggerFactory.getLogger(Execution.class);

  /** The implementations. */
  public enum Engine {
    /** Operator by operator, as the model is trained. */
    EAGER,
    /** Folded and prepacked, for inference only. */
    FUSED;

    /** Its name in options and reports. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The reference: plain and in single precision. */
  public static final Execution EAGER = new Execution(Engine.EAGER, ComputeType.FP32);

  /** Fast, and equal to the reference but for rounding; for figures that are to be compared. */
  public static final Execution FUSED = new Execution(Engine.FUSED, ComputeType.FP32);

  public Execution {
    if (engine == Engine.EAGER && type != ComputeType.FP32) {
      throw new SpecException(
          "the eager engine computes in fp32 only, not in %s; use the fused one"
              .formatted(type.key()));
    }
  }

  /**
   * Chooses what is not asked for, and logs the choice: the fused engine, in integers if the
   * weights were quantized for them, otherwise in bfloat16 if this processor multiplies it natively
   * and in single precision if not.
   *
   * @param engine the one to use; empty to choose
   * @param type the one to use; empty to choose
   * @param quantization of the weights
   * @throws SpecException if the two do not go together
   */
  public static Execution choose(
      Optional<Engine> engine, Optional<ComputeType> type, Quantization quantization) {
    Execution execution =
        new Execution(
            engine.orElse(Engine.FUSED),
            type.orElseGet(() -> fastest(engine, quantization, Processor.here())));
    if (engine.isEmpty() || type.isEmpty()) {
      LOG.info(
          "engine {} in {}{}",
          execution.engine.key(),
          execution.type.key(),
          type.isPresent() || execution.engine == Engine.EAGER ? "" : reason(execution.type));
    }
    return execution;
  }

  private static ComputeType fastest(
      Optional<Engine> engine, Quantization quantization, Processor processor) {
    if (engine.equals(Optional.of(Engine.EAGER))) {
      return ComputeType.FP32;
    }
    if (!quantization.inputs().isEmpty() && ComputeType.INT8.isFastOn(processor)) {
      return ComputeType.INT8;
    }
    return ComputeType.BF16.isFastOn(processor) ? ComputeType.BF16 : ComputeType.FP32;
  }

  private static String reason(ComputeType fastest) {
    return switch (fastest) {
      case INT8 -> ": the weights are quantized";
      case BF16 -> ": this processor multiplies bfloat16 natively";
      case FP32 -> ": this processor does not multiply bfloat16 natively";
    };
  }
}
