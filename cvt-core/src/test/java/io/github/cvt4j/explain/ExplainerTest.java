package io.github.cvt4j.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.infer.Prediction;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.NoGrad;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExplainerTest {

  private static final RgbImage PICTURE = Models.noise(new Size(70, 90), 1);

  private static Overlay look(Explainer explainer, Question question) {
    return explainer.explain(PICTURE, question).overlays().get(0);
  }

  private static void requireEqual(String what, float[] values, double[] expected, double within) {
    assertThat(values).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < values.length; i++) {
      assertThat((double) values[i])
          .as("%s, value %d", what, i)
          .isCloseTo(expected[i], within(within));
    }
  }

  private static double sum(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).sum();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a_default",
        "b_rect",
        "c_meanpool",
        "d_avg",
        "e_four_stage",
        "g_kv1",
        "h_two_stage",
        "j_linear"
      })
  void rolloutIsTheProductOfTheBlocksMatrices(String name) {
    LoadedModel loaded = Models.golden(name);
    Twin twin = new Twin(loaded, PICTURE);
    try (Explainer explainer = Explainer.of(loaded)) {
      for (StageView view : explainer.stages()) {
        Overlay overlay = look(explainer, Question.of(Method.ROLLOUT).ofStage(view.stage()));
        assertThat(overlay.grid()).isEqualTo(view.grid());
        assertThat(sum(overlay.values())).as("sum").isCloseTo(1, within(1e-5));
        requireEqual(
            name + " back to stage " + view.stage(),
            overlay.values(),
            twin.rollout(view.stage()),
            1e-6);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a_default", "c_meanpool", "d_avg"})
  void attentionIsTheSoftmaxOfWhoAsks(String name) {
    LoadedModel loaded = Models.golden(name);
    Twin twin = new Twin(loaded, PICTURE);
    try (Explainer explainer = Explainer.of(loaded)) {
      for (StageView view : explainer.stages()) {
        for (int block = 0; block < view.blocks(); block++) {
          Question question = Question.of(Method.ATTENTION).ofStage(view.stage()).ofBlock(block);
          double[][][] heads = twin.attention(view.stage(), block);
          int rows = heads[0].length;
          int[] asking = view.classToken() ? new int[] {0} : IntStream.range(0, rows).toArray();
          requireEqual(
              "mean of heads",
              look(explainer, question).values(),
              asked(heads, asking, view),
              1e-6);
          double[][][] lastHead = {heads[view.heads() - 1]};
          requireEqual(
              "last head",
              look(explainer, question.ofHead(view.heads() - 1)).values(),
              asked(lastHead, asking, view),
              1e-6);
          int[] lowerRight = {rows - 1};
          Question.Token token =
              new Question.Token(view.grid().height() - 1, view.grid().width() - 1);
          requireEqual(
              "last token",
              look(explainer, question.ofToken(token)).values(),
              asked(heads, lowerRight, view),
              1e-6);
        }
      }
    }
  }

  private static double[] asked(double[][][] heads, int[] rows, StageView view) {
    double[] sums = new double[(int) view.keys().area()];
    for (double[][] head : heads) {
      for (int row : rows) {
        for (int key = 0; key < sums.length; key++) {
          sums[key] += head[row][view.extra() + key];
        }
      }
    }
    double sum = Arrays.stream(sums).sum();
    return Arrays.stream(sums).map(value -> value / sum).toArray();
  }

  /** The first stage's matrix of a large picture, in parts: 16,384 rows of 4,096. */
  @Test
  void longMatricesAreSummedInParts() {
    LoadedModel loaded =
        new ModelSource(
                Optional.of("cvt-tiny-32"),
                List.of("TRAIN.IMAGE_SIZE", "[256,256]", "TEST.IMAGE_SIZE", "[256,256]"),
                Optional.empty(),
                List.of(),
                0)
            .open();
    try (Explainer explainer = Explainer.of(loaded)) {
      Overlay overlay = look(explainer, Question.of(Method.ATTENTION).ofStage(0));
      assertThat(overlay.grid()).isEqualTo(Size.square(64));
      assertThat(sum(overlay.values())).isCloseTo(1, within(1e-4));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a_default, 2, 0, stage2.block0",
    "a_default, 2, 1, stage2.block0", // the last block's tokens are read by the class token only
    "a_default, 1, 0, stage1.block0",
    "c_meanpool, 2, 1, stage2.block1",
  })
  void gradCamWeighsChannelsByTheirGradients(String name, int stage, int block, String tokens) {
    LoadedModel loaded = Models.golden(name);
    Twin twin = new Twin(loaded, PICTURE);
    try (Explainer explainer = Explainer.of(loaded)) {
      Question question = Question.of(Method.GRADCAM).ofStage(stage).ofBlock(block).ofClass(1);
      requireEqual(name, look(explainer, question).values(), twin.gradCam(tokens, stage, 1), 2e-2);
    }
  }

  @Test
  void gradCamIsForTheLikeliestClassAndWorksWhereGradientsAreOff() {
    try (Explainer explainer = Explainer.of(Models.golden("a_default"));
        NoGrad noGrad = NoGrad.enter()) {
      Explanation look = explainer.explain(PICTURE, Question.of(Method.GRADCAM));
      assertThat(look.overlays().get(0).question().classIndex())
          .hasValue(look.predictions().get(0).index());
      assertThat(look.overlays().get(0).values()).contains(1f);
    }
  }

  @Test
  void predictionsAreTheClassifiers() {
    LoadedModel loaded = Models.golden("a_default");
    try (Explainer explainer = Explainer.of(loaded);
        var classifier = loaded.classifier(Execution.FUSED)) {
      List<Prediction> expected = classifier.classify(PICTURE, 5);
      List<Prediction> found =
          explainer.explain(PICTURE, Question.of(Method.COMPONENTS)).predictions();
      for (int i = 0; i < expected.size(); i++) {
        assertThat(found.get(i).index()).isEqualTo(expected.get(i).index());
        assertThat(found.get(i).probability())
            .isCloseTo(expected.get(i).probability(), within(1e-6));
      }
    }
  }

  @Test
  void componentsFillTheirRange() {
    try (Explainer explainer = Explainer.of(Models.golden("a_default"))) {
      Question question = Question.of(Method.COMPONENTS).ofStage(1);
      Overlay overlay = look(explainer, question);
      assertThat(overlay.channels()).isEqualTo(3);
      for (int c = 0; c < 3; c++) {
        int channel = c;
        float[] values = new float[(int) overlay.grid().area()];
        IntStream.range(0, values.length)
            .forEach(i -> values[i] = overlay.values()[3 * i + channel]);
        assertThat(values).contains(0f, 1f);
      }
      assertThat(look(explainer, question).values()).isEqualTo(overlay.values());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ATTENTION | 3 | -1 | -1 | -1 | stage 3: expected 0 to 2",
        "ATTENTION | 2 | 2 | -1 | -1 | block 2: expected 0 to 1",
        "ATTENTION | 0 | 0 | 1 | -1 | head 1: expected 0 to 0",
        "GRADCAM | 2 | 0 | -1 | 10 | class 10: expected 0 to 9",
        "GRADCAM | 2 | 0 | 0 | -1 | gradcam has no head",
        "ROLLOUT | 0 | 0 | -1 | -1 | rollout has no block",
        "COMPONENTS | 0 | 0 | -1 | 1 | components has no class",
      })
  void whatIsNotThereIsSaid(
      Method method, int stage, int block, int head, int category, String message) {
    Question question = Question.of(method).ofStage(stage);
    question = block < 0 ? question : question.ofBlock(block);
    question = head < 0 ? question : question.ofHead(head);
    Question asked = category < 0 ? question : question.ofClass(category);
    try (Explainer explainer = Explainer.of(Models.golden("a_default"))) {
      assertThatThrownBy(() -> explainer.explain(PICTURE, asked))
          .isInstanceOf(ExplainException.class)
          .hasMessage(message);
      assertThatThrownBy(
              () ->
                  explainer.complete(
                      Question.of(Method.ATTENTION).ofToken(new Question.Token(4, 0))))
          .hasMessage("token in row 4, column 0: stage 2 has a grid of 4x4");
    }
  }

  @Test
  void manyThreadsGetTheSameAnswersAndLeaveNothingBehind() throws Exception {
    List<Question> questions = Arrays.stream(Method.values()).map(Question::of).toList();
    try (Explainer explainer = Explainer.of(Models.golden("a_default"))) {
      Explanation expected = explainer.explain(PICTURE, questions);
      System.gc();
      Thread.sleep(50);
      long before = Pointer.totalCount();
      ExecutorService threads = Executors.newFixedThreadPool(4);
      List<Future<Explanation>> looks = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        looks.add(threads.submit(() -> explainer.explain(PICTURE, questions)));
      }
      for (Future<Explanation> look : looks) {
        for (int q = 0; q < questions.size(); q++) {
          float[] values = look.get().overlays().get(q).values();
          float[] first = expected.overlays().get(q).values();
          for (int i = 0; i < values.length; i++) {
            assertThat(values[i])
                .as("%s, value %d", questions.get(q), i)
                .isCloseTo(first[i], within(1e-4f));
          }
        }
      }
      threads.shutdown();
      System.gc();
      Thread.sleep(50);
      assertThat(Pointer.totalCount()).as("native objects").isLessThanOrEqualTo(before);
    }
  }
}
