package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.Quantization.Range;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;

/**
 * What the processor can do at best: one large matrix product on prepacked weights, the shape that
 * kernels are tuned for. For telling how much of it a network reaches.
 *
 * <p>For one thread at a time; {@link #close} it.
 */
public final class Peak implements AutoCloseable {

  private static final int SIDE = 1024;
  private static final String LAYER = "peak";
  private static final Range RANGE = new Range(-0.5f, 0.5f); // of random()

  private final Weights weights;
  private final FusedLinear product;
  private final Tensor x; // [1, SIDE, SIDE]

  /**
   * Makes the factors.
   *
   * @param type of the product's factors
   */
  public Peak(ComputeType type) {
    weights = Weights.onFastest(Map.of(), type, new Quantization(Map.of(LAYER, RANGE), ""));
    List<String> layers = List.of(LAYER);
    Rounding rounding = weights.rounding(layers, 1);
    try (Scope scope = Scope.open()) {
      product = weights.linear(layers, 1, random(1), /* bias= */ null, /* output= */ null);
      Tensor floats = random(2).unsqueeze(0);
      x = rounding == null ? weights.own(floats) : weights.adopt(rounding.apply(floats));
    }
  }

  private static Tensor random(long seed) {
    Random random = new Random(seed);
    float[] values = new float[SIDE * SIDE];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return Tensors.of(values, SIDE, SIDE);
  }

  /**
   * Runs the product once, on the threads that the calling thread's operators use.
   *
   * @return floating-point operations per second, two for a multiply-add
   */
  public double measure() {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      long start = System.nanoTime();
      product.forward(x);
      return 2.0 * SIDE * SIDE * SIDE * 1e9 / (System.nanoTime() - start);
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
