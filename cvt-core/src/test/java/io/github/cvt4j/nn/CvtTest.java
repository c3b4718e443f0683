package io.github.cvt4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.DropRates;
import io.github.cvt4j.spec.Init;
import io.github.cvt4j.spec.Patch;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class CvtTest {

  @Test
  void anySizeAndBatchThatTheKernelsFit() {
    try (Cvt model = new Cvt(spec(Init.TRUNC_NORM, DropRates.NONE, true), 1)) {
      for (int batch : new int[] {1, 2, 7}) {
        for (int[] size : new int[][] {{32, 32}, {33, 47}, {17, 64}, {5, 9}}) {
          assertThat(logits(model, batch, size[0], size[1])).hasSize(batch * 5);
        }
      }
    }
  }

  @Test
  void keysStartAsQueriesOnlyWhereTheSpecTiesThem() {
    try (Cvt tied = new Cvt(spec(Init.XAVIER_TIED, DropRates.NONE, true), 1);
        Cvt free = new Cvt(spec(Init.XAVIER, DropRates.NONE, true), 1)) {
      for (String of : List.of("conv_proj_%s.conv.weight", "proj_%s.weight")) {
        String name = "stage1.blocks.0.attn." + of;
        assertThat(values(tied, name.formatted("k"))).isEqualTo(values(tied, name.formatted("q")));
        assertThat(values(tied, name.formatted("v")))
            .isNotEqualTo(values(tied, name.formatted("q")));
        assertThat(values(free, name.formatted("k")))
            .isNotEqualTo(values(free, name.formatted("q")));
      }
    }
  }

  /** Batches of one have strides that libtorch may take for another layout's. */
  @Test
  void onePictureHasTheGradientsOfAPairOfItself() {
    for (boolean clsToken : new boolean[] {true, false}) {
      for (boolean training : new boolean[] {true, false}) {
        Pass pass = new Pass(training, false, Pass.Probe.NONE, Precision.FP32, Way.FAST, null);
        try (Cvt model = new Cvt(spec(Init.XAVIER, DropRates.NONE, clsToken), 1)) {
          List<float[]> one = gradients(model, 1, pass);
          List<float[]> two = gradients(model, 2, pass);
          for (int i = 0; i < one.size(); i++) {
            assertThat(one.get(i))
                .as("gradient %d; class token: %s, training: %s", i, clsToken, training)
                .containsExactly(two.get(i), within(1e-4f));
          }
        }
      }
    }
  }

  /** Of the mean logit of the third class over so many copies of a picture. */
  private static List<float[]> gradients(Cvt model, int copies, Pass pass) {
    float[] picture = new float[3 * 32 * 32];
    Random random = new Random(1);
    for (int i = 0; i < picture.length; i++) {
      picture[i] = (float) random.nextGaussian();
    }
    try (Scope scope = Scope.open()) {
      Tensor images = Tensors.of(picture, 1, 3, 32, 32).repeat(copies, 1, 1, 1);
      model.parameters().zeroGrad();
      model.forward(images, pass).select(1, 2).mean().backward();
      return model.parameters().trained().values().stream()
          .map(parameter -> Tensors.floats(new Tensor(parameter.grad())))
          .toList();
    }
  }

  private static float[] values(Cvt model, String name) {
    return Tensors.floats(model.parameters().get(name));
  }

  @Test
  void aPictureSmallerThanAKernelNamesTheStage() {
    CvtSpec plain = spec(Init.TRUNC_NORM, DropRates.NONE, false);
    StageSpec first = plain.stages().get(0);
    StageSpec wide =
        new StageSpec(
            new Patch(7, 4, 2),
            first.dim(),
            first.heads(),
            first.depth(),
            first.mlpRatio(),
            first.qkvBias(),
            first.clsToken(),
            first.posEmbed(),
            first.projection(),
            first.drop());
    CvtSpec spec =
        new CvtSpec(List.of(wide), 5, 3, plain.activation(), plain.init(), plain.imageSize());
    try (Cvt model = new Cvt(spec, 1);
        Scope scope = Scope.open()) {
      assertThatThrownBy(() -> model.forward(Tensors.full(0, 1, 3, 2, 8), Pass.EVAL))
          .isInstanceOf(SpecException.class)
          .hasMessageContaining("stage 0")
          .hasMessageContaining("2x8");
    }
  }

  @Test
  void picturesOfABatchDoNotSeeEachOther() {
    try (Cvt model = new Cvt(spec(Init.TRUNC_NORM, DropRates.NONE, true), 1)) {
      float[] together = logits(model, 3, 32, 32);
      try (Scope scope = Scope.open();
          NoGrad noGrad = NoGrad.enter()) {
        Tensor second = pictures(3, 32, 32).narrow(0, 1, 1);
        float[] alone = Tensors.floats(model.forward(second, Pass.EVAL));
        for (int k = 0; k < 5; k++) {
          assertThat(alone[k]).isCloseTo(together[5 + k], within(1e-5f));
        }
      }
    }
  }

  @Test
  void theSeedFixesTheWeights() {
    CvtSpec spec = spec(Init.TRUNC_NORM, DropRates.NONE, true);
    try (Cvt one = new Cvt(spec, 3);
        Cvt same = new Cvt(spec, 3);
        Cvt other = new Cvt(spec, 4)) {
      assertThat(logits(same, 2, 32, 32)).isEqualTo(logits(one, 2, 32, 32));
      assertThat(logits(other, 2, 32, 32)).isNotEqualTo(logits(one, 2, 32, 32));
    }
  }

  @Test
  void weightsStartAsPublished() {
    try (Cvt model = new Cvt(spec(Init.TRUNC_NORM, DropRates.NONE, true), 1)) {
      assertThat(deviation(model, "stage1.blocks.0.mlp.fc1.weight")).isCloseTo(0.02, within(1e-3));
      assertThat(deviation(model, "stage1.cls_token")).isCloseTo(0.02, within(8e-3));
      assertThat(deviation(model, "stage1.blocks.0.mlp.fc1.bias")).isZero();
      // PyTorch's default: uniform within 1 / sqrt(fan-in), so a deviation of that over sqrt(3).
      assertThat(deviation(model, "stage0.patch_embed.proj.weight"))
          .isCloseTo(1 / Math.sqrt(3 * 3 * 3 * 3), within(1e-2));
      assertThat(deviation(model, "head.bias")).isPositive();
    }
    try (Cvt model = new Cvt(spec(Init.XAVIER, DropRates.NONE, true), 1)) {
      assertThat(deviation(model, "stage1.blocks.0.mlp.fc1.weight"))
          .isCloseTo(Math.sqrt(2.0 / (24 + 96)), within(1e-2));
    }
  }

  @Test
  void dropsWorkInTrainingOnlyAndFollowTheSeed() {
    try (Cvt model = new Cvt(spec(Init.TRUNC_NORM, new DropRates(0.2, 0.2, 0.5), true), 1)) {
      assertThat(logits(model, 2, 32, 32)).isEqualTo(logits(model, 2, 32, 32));
      float[] first = trainingLogits(model, 7);
      assertThat(trainingLogits(model, 7)).isEqualTo(first);
      assertThat(trainingLogits(model, 8)).isNotEqualTo(first);
    }
  }

  @Test
  void dropPathDropsWholePicturesAndKeepsTheMean() {
    try (Scope scope = Scope.open()) {
      Engine.seed(5);
      float[] kept = Tensors.floats(Drop.path(Tensors.full(1, 4000, 2, 1), 0.3, Pass.TRAIN));
      double sum = 0;
      for (int i = 0; i < kept.length; i += 2) {
        assertThat(kept[i]).isEqualTo(kept[i + 1]).isIn(0f, (float) (1 / 0.7));
        sum += kept[i];
      }
      assertThat(sum / 4000).isCloseTo(1, within(0.05));
    }
  }

  @Test
  void theHeadCanBeReplacedOrRemoved() {
    try (Cvt model = new Cvt(spec(Init.TRUNC_NORM, DropRates.NONE, true), 1)) {
      model.resetHead(11);
      assertThat(logits(model, 2, 32, 32)).hasSize(2 * 11);
      assertThat(model.stateDict().get("head.weight").shape()).containsExactly(11, 24);
      model.resetHead(0);
      assertThat(model.spec().numClasses()).isZero();
      assertThat(logits(model, 2, 32, 32)).hasSize(2 * 24);
      assertThat(model.stateDict().names()).noneMatch(name -> name.startsWith("head"));
    }
  }

  @Test
  void positionEmbeddingsAreTrainedAndFollowTheGrid() {
    CvtSpec plain = spec(Init.TRUNC_NORM, DropRates.NONE, true);
    List<StageSpec> stages = new ArrayList<>();
    for (StageSpec s : plain.stages()) {
      stages.add(
          new StageSpec(
              s.patch(),
              s.dim(),
              s.heads(),
              s.depth(),
              s.mlpRatio(),
              s.qkvBias(),
              s.clsToken(),
              true,
              s.projection(),
              s.drop()));
    }
    CvtSpec spec = new CvtSpec(stages, 5, 3, plain.activation(), plain.init(), plain.imageSize());
    try (Cvt model = new Cvt(spec, 1)) {
      assertThat(model.stateDict().get("stage1.pos_embed").shape()).containsExactly(1, 24, 8, 8);
      assertThat(logits(model, 2, 48, 40)).hasSize(10);
      try (Scope scope = Scope.open()) {
        model.forward(pictures(2, 48, 40), Pass.TRAIN).sum().backward();
        Tensor gradient = new Tensor(model.parameters().get("stage0.pos_embed").grad());
        assertThat(Tensors.floats(gradient.abs().sum())[0]).isPositive();
      }
    }
  }

  @Test
  void oneModelEvaluatesOnManyThreads() throws Exception {
    try (Cvt model = new Cvt(spec(Init.TRUNC_NORM, DropRates.NONE, true), 1)) {
      float[] expected = logits(model, 2, 32, 32);
      ExecutorService threads = Executors.newFixedThreadPool(4);
      try {
        List<Future<float[]>> results = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
          results.add(threads.submit(() -> logits(model, 2, 32, 32)));
        }
        for (Future<float[]> result : results) {
          float[] actual = result.get();
          for (int k = 0; k < expected.length; k++) {
            assertThat(actual[k]).isCloseTo(expected[k], within(1e-5f));
          }
        }
      } finally {
        threads.shutdownNow();
      }
    }
  }

  @Test
  void aCopyOfTheStateDictRestoresTheModel() {
    CvtSpec spec = spec(Init.TRUNC_NORM, DropRates.NONE, true);
    try (Cvt one = new Cvt(spec, 1);
        Cvt other = new Cvt(spec, 2)) {
      other.assign(one.stateDict().tensors());
      assertThat(logits(other, 2, 32, 32)).isEqualTo(logits(one, 2, 32, 32));
    }
  }

  private static CvtSpec spec(Init init, DropRates drop, boolean clsToken) {
    return new CvtSpec(
        List.of(
            new StageSpec(
                new Patch(3, 2, 1), 16, 1, 1, 4, true, false, false, Projection.SQUEEZED, drop),
            new StageSpec(
                new Patch(3, 2, 1), 24, 2, 2, 4, true, clsToken, false, Projection.SQUEEZED, drop)),
        5,
        3,
        Activation.QUICK_GELU,
        init,
        Size.square(32));
  }

  private static Tensor pictures(int batch, int height, int width) {
    float[] pixels = new float[batch * 3 * height * width];
    java.util.Random random = new java.util.Random(9);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    return Tensors.of(pixels, batch, 3, height, width);
  }

  private static float[] logits(Cvt model, int batch, int height, int width) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      return Tensors.floats(model.forward(pictures(batch, height, width), Pass.EVAL));
    }
  }

  private static float[] trainingLogits(Cvt model, long seed) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      Engine.seed(seed);
      return Tensors.floats(model.forward(pictures(2, 32, 32), Pass.TRAIN));
    }
  }

  private static double deviation(Cvt model, String name) {
    float[] values = Tensors.floats(model.parameters().get(name));
    double mean = 0;
    for (float v : values) {
      mean += v / values.length;
    }
    double square = 0;
    for (float v : values) {
      square += (v - mean) * (v - mean) / values.length;
    }
    return Math.sqrt(square);
  }
}
