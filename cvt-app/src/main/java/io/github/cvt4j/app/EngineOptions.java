package io.github.cvt4j.app;

import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.infer.Execution;
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
      description = "fp32, or bf16 with the fused engine; by default what is said below.")
  private ComputeType type;

  /** As asked; what is not asked for is chosen to suit this machine. */
  Execution fastest() {
    return Execution.choose(Optional.ofNullable(engine), Optional.ofNullable(type));
  }

  /** As asked; in single precision unless told otherwise, for figures that are to be compared. */
  Execution comparable() {
    return new Execution(
        engine == null ? Execution.Engine.FUSED : engine, type == null ? ComputeType.FP32 : type);
  }
}
