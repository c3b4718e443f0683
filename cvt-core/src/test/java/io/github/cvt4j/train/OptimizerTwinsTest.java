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
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several steps of each optimizer against its rule in double precision, on the same gradients. */
class OptimizerTwinsTest {

  private static final int STEPS = 6;

  /** A large decay, so that leaving it out shows; layers at rates of their own; a frozen one. */
  private static final ParameterRules RULES =
      new ParameterRules(
          0.3,
          Set.of(ParameterGroup.Kind.BIAS, ParameterGroup.Kind.LAYER_NORM),
          0.8,
          new Frozen(List.of("stage1.blocks.0.mlp"), false));

  @BeforeEach
  void useOneThread() {
    Engine.setThreads(1);
  }

  @Test
  void adamW() {
    AdamW.Options options = new AdamW.Options(0.8, 0.95, 1e-6);
    check(new OptimizerConfig.UseAdamW(options), Twin.adamW(0.8, 0.95, 1e-6), 0.01);
  }

  @Test
  void adam() {
    AdamW.Options options = new AdamW.Options(0.8, 0.95, 1e-6);
    check(new OptimizerConfig.UseAdam(options), Twin.adam(0.8, 0.95, 1e-6), 0.01);
  }

  @ParameterizedTest
  @CsvSource({"0.9, true", "0.9, false", "0, false"})
  void sgd(double momentum, boolean nesterov) {
    check(
        new OptimizerConfig.UseSgd(new Sgd.Options(momentum, nesterov)),
        Twin.sgd(momentum, nesterov),
        0.1);
  }

  @ParameterizedTest
  @CsvSource({
    "0.9, false, TORCH",
    "0.9, true, TORCH",
    "0, false, TORCH",
    "0.9, false, TENSORFLOW",
    "0.9, true, TENSORFLOW",
    "0, false, TENSORFLOW"
  })
  void rmsProp(double momentum, boolean centered, RmsProp.Flavour flavour) {
    RmsProp.Options options = new RmsProp.Options(0.95, 1e-4, momentum, centered, flavour);
    check(new OptimizerConfig.UseRmsProp(options), Twin.rmsProp(options), 0.01);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.01, 1e6})
  void lamb(double maxNorm) {
    Lamb.Options options = new Lamb.Options(new AdamW.Options(0.9, 0.99, 1e-6), maxNorm);
    check(new OptimizerConfig.UseLamb(options), Twin.lamb(options), 0.01);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void muon(boolean nesterov) {
    Muon.Options options = new Muon.Options(0.9, nesterov, 5, 0.1, AdamW.Options.DEFAULT);
    check(new OptimizerConfig.UseMuon(options), Twin.muon(options), 0.02);
  }

  private static void check(OptimizerConfig.Method method, Twin twin, double rate) {
    try (Cvt model = new Cvt(Tiny.small(3), 1)) {
      Map<String, double[]> weights = new LinkedHashMap<>();
      model.parameters().trained().forEach((name, tensor) -> weights.put(name, doubles(tensor)));
      List<ParameterGroup> groups = RULES.groups(model.parameters());
      try (Optimizer optimizer = method.create(model.parameters(), groups)) {
        for (int step = 1; step <= STEPS; step++) {
          backward(model, step);
          update(twin, weights, model, groups, step, rate / step);
          optimizer.step(rate / step);
        }
      }
      weights.forEach((name, expected) -> requireClose(name, model, expected, 1e-4 * rate));
    }
  }

  private static void update(
      Twin twin,
      Map<String, double[]> weights,
      Cvt model,
      List<ParameterGroup> groups,
      int step,
      double rate) {
    Map<String, double[]> gradients = new LinkedHashMap<>();
    double squares = 0;
    for (ParameterGroup group : groups) {
      for (String name : group.names()) {
        double[] gradient = gradient(model.parameters().get(name));
        gradients.put(name, gradient);
        for (double value : gradient) {
          squares += value * value;
        }
      }
    }
    for (ParameterGroup group : groups) {
      Twin.Pace pace =
          new Twin.Pace(step, rate * group.rateScale(), group.weightDecay(), Math.sqrt(squares));
      for (String name : group.names()) {
        long[] shape = Tensors.shape(model.parameters().get(name));
        twin.update(name, shape, weights.get(name), gradients.get(name), pace);
      }
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

  private static double[] gradient(Tensor parameter) {
    try (Scope scope = Scope.open()) {
      return doubles(new Tensor(parameter.grad()));
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
