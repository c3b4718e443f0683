package io.github.cvt4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.nn.Cvt;
import io.github.cvt4j.nn.Pass;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several steps of each optimizer against its rule in double precision, on the same gradients. */
class OptimizerTwinsTest {

  private static final int STEPS = 6;
  private static final double DECAY = 0.3; // large, so that leaving it out shows

  private interface Factory extends BiFunction<Cvt, List<ParameterGroup>, Optimizer> {}

  @BeforeEach
  void useOneThread() {
    Engine.setThreads(1);
  }

  @Test
  void adamW() {
    AdamW.Options options = new AdamW.Options(0.8, 0.95, 1e-6);
    check(
        (model, groups) -> new AdamW(model.parameters(), groups, options),
        Twin.adamW(0.8, 0.95, 1e-6),
        0.01);
  }

  @Test
  void muon() {
    for (boolean nesterov : new boolean[] {true, false}) {
      Muon.Options options = new Muon.Options(0.9, nesterov, 5, 0.1, AdamW.Options.DEFAULT);
      check(
          (model, groups) -> new Muon(model.parameters(), groups, options),
          Twin.muon(options),
          0.02);
    }
  }

  private static void check(Factory optimizers, Twin twin, double rate) {
    try (Cvt model = new Cvt(Tiny.small(3), 1)) {
      Map<String, double[]> weights = new LinkedHashMap<>();
      model.parameters().trained().forEach((name, tensor) -> weights.put(name, doubles(tensor)));
      List<ParameterGroup> groups =
          ParameterGroup.split(model.parameters(), DECAY, ParameterGroup.PUBLISHED);
      try (Optimizer optimizer = optimizers.apply(model, groups)) {
        for (int step = 1; step <= STEPS; step++) {
          backward(model, step);
          double pace = rate / step;
          for (ParameterGroup group : groups) {
            for (String name : group.names()) {
              Tensor tensor = model.parameters().get(name);
              twin.update(
                  name,
                  Tensors.shape(tensor),
                  weights.get(name),
                  gradient(tensor),
                  new Twin.Pace(step, pace, group.weightDecay()));
            }
          }
          optimizer.step(pace);
        }
      }
      weights.forEach((name, expected) -> requireClose(name, model, expected, 1e-4 * rate));
    }
  }

  private static void requireClose(String name, Cvt model, double[] expected, double tolerance) {
    double[] actual = doubles(model.parameters().get(name));
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
    }
    assertThat(worst).as("distance of %s from its twin", name).isLessThan(tolerance);
  }

  private static void backward(Cvt model, int seed) {
    Random random = new Random(seed);
    float[] pixels = new float[4 * 3 * 16 * 16];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    try (Scope scope = Scope.open()) {
      Tensor logits = model.forward(Tensors.of(pixels, 4, 3, 16, 16), Pass.EVAL);
      model.parameters().zeroGrad();
      Loss.labels(logits, Tensors.of(new long[] {0, 1, 2, 1}, 4), 0).backward();
    }
  }

  private static float[] gradient(Tensor parameter) {
    try (Scope scope = Scope.open()) {
      return Tensors.floats(new Tensor(parameter.grad()));
    }
  }

  private static double[] doubles(Tensor tensor) {
    float[] floats = Tensors.floats(tensor);
    double[] values = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      values[i] = floats[i];
    }
    return values;
  }
}
