package io.github.cvt4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluatorTest {

  private static final Size SIZE = Size.square(4);

  /** Seven pictures whose level is their number; the class is whether the number is odd. */
  private static final Dataset LEVELS =
      new Dataset() {
        @Override
        public int size() {
          return 7;
        }

        @Override
        public List<String> classes() {
          return List.of("even", "odd");
        }

        @Override
        public int label(int index) {
          return index % 2;
        }

        @Override
        public RgbImage image(int index) {
          byte[] pixels = new byte[4 * 4 * 3];
          Arrays.fill(pixels, (byte) index);
          return new RgbImage(4, 4, pixels);
        }

        @Override
        public String name(int index) {
          return "level " + index;
        }
      };

  private static Epoch batches(int size) {
    return new Loader(
            LEVELS,
            Transform.evaluation(Preprocess.standard(SIZE)),
            Loader.Config.inOrder(size, /* workers= */ 0))
        .epoch(0);
  }

  /** Says "odd" with a logit of one for every picture. */
  private static Tensor odd(Tensor images) {
    float[] logits = new float[(int) images.size(0) * 2];
    for (int i = 1; i < logits.length; i += 2) {
      logits[i] = 1;
    }
    return Tensors.of(logits, images.size(0), 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 100})
  void countsEveryPictureOnceWhateverTheBatches(int batchSize) {
    List<Integer> progress = new ArrayList<>();
    try (Epoch batches = batches(batchSize)) {
      Metrics metrics = Evaluator.evaluate(EvaluatorTest::odd, batches, SIZE, progress::add);
      assertThat(metrics.count()).isEqualTo(7);
      assertThat(metrics.top1()).isEqualTo(3 / 7.0);
      assertThat(metrics.top5()).isEqualTo(1);
      double right = Math.log(1 + Math.exp(-1));
      assertThat(metrics.loss()).isCloseTo((3 * right + 4 * (right + 1)) / 7, offset(1e-9));
    }
    assertThat(progress.stream().mapToInt(Integer::intValue).sum()).isEqualTo(7);
  }

  @Test
  void theFunctionSeesThePicturesInOrder() {
    List<Float> seen = new ArrayList<>();
    try (Epoch batches = batches(3)) {
      Evaluator.evaluate(
          images -> {
            float[] values = Tensors.floats(images.narrow(1, 0, 1));
            for (int i = 0; i < values.length; i += 16) {
              seen.add((values[i] * 0.229f + 0.485f) * 255);
            }
            return odd(images);
          },
          batches,
          SIZE,
          count -> {});
    }
    assertThat(seen).hasSize(7);
    for (int i = 0; i < 7; i++) {
      assertThat(seen.get(i)).isCloseTo(i, offset(1e-3f));
    }
  }

  @Test
  void mirrorImagesShareTheAnswer() {
    Tensor images = Tensors.of(new float[] {1, 2, 3, 4, 5, 6}, 1, 3, 1, 2);
    // Answers with the left column of the picture.
    Tensor logits =
        Evaluator.withMirrorImages(input -> input.narrow(3, 0, 1).reshape(1, 3)).apply(images);
    assertThat(Tensors.floats(logits)).containsExactly(1.5f, 3.5f, 5.5f);
  }

  @Test
  void withoutPicturesThereIsNoMean() {
    try (Epoch batches = batches(3)) {
      while (batches.hasNext()) {
        batches.next().close();
      }
      assertThatThrownBy(() -> Evaluator.evaluate(EvaluatorTest::odd, batches, SIZE, count -> {}))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
