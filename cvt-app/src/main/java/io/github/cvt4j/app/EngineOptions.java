package io.github.cvt4j.app;

import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.weights.Quantization;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How the network is to be computed. */
final class EngineOptions {

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description = "eager (operator by operator) or fused (folded, prepacked); default: fused.")
  private Execution.Engine engine;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "fp32; with the fused engine bf16, or int8 for weights that ./cvt quantize made.")
  private ComputeType type;

  /** As asked; what is not asked for is chosen to suit this machine and the weights. */
  Execution fastest(Quantization weights) {
    return Execution.choose(Optional.ofNullable(engine), Optional.ofNullable(type), weights);
  }

  /**
   * As asked, for figures that are to be compared: unless told otherwise quantized weights in
   * integers, others in single precision.
   */
  Execution comparable(Quantization weights) {
    Execution.Engine chosen = engine == null ? Execution.Engine.FUSED : engine;
    boolean integers = chosen == Execution.Engine.FUSED && !weights.inputs().isEmpty();
    ComputeType usual = integers ? ComputeType.INT8 : ComputeType.FP32;
    return new Execution(chosen, type == null ? usual : type);
  }
}
