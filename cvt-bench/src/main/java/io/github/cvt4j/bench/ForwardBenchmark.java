package io.github.cvt4j.bench;

import io.github.cvt4j.fused.ComputeType;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Inference of one batch, from an array of pixels to an array of logits.
 *
 * <pre>
 * ./mvnw -pl cvt-bench -am -DskipTests package dependency:copy-dependencies
 * OPENBLAS_NUM_THREADS=1 java -cp "cvt-bench/target/classes:cvt-bench/target/dependency/*" org.openjdk.jmh.Main
 * </pre>
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 5, time = 3)
public class ForwardBenchmark {

  /** What {@code ./cvt models} lists. */
  @Param({"cvt-13"})
  public String model;

  /** Pictures at a time. */
  @Param({"1", "8"})
  public int batch;

  /** Plain, or folded and prepacked. */
  @Param({"EAGER", "FUSED"})
  public Execution.Engine engine;

  private Network network;
  private float[] pixels;
  private Size size;

  /** Builds the model with fresh weights: how long it takes does not depend on their values. */
  @Setup
  public void open() {
    Engine.setThreads(Runtime.getRuntime().availableProcessors());
    network = ModelSource.fresh(model, 0).open().network(new Execution(engine, ComputeType.FP32));
    size = network.spec().imageSize();
    SplittableRandom random = new SplittableRandom(0);
    pixels = new float[batch * 3 * size.height() * size.width()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextDouble(-2, 2);
    }
  }

  /** Frees the model. */
  @TearDown
  public void close() {
    network.close();
  }

  /** The logits, which JMH consumes. */
  @Benchmark
  public float[] forward() {
    try (Scope scope = Scope.open()) {
      return Tensors.floats(
          network.logits(Tensors.of(pixels, batch, 3, size.height(), size.width())));
    }
  }
}
