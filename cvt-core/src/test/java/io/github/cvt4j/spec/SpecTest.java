package io.github.cvt4j.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecTest {

  /** Overrides of CvT-13, and what the message must say; every field that can be wrong is here. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          NUM_HEADS [1,5,6]                      | stage 1: heads 5: does not divide dim 192
          NUM_HEADS [0,3,6]                      | stage 0: heads 0: expected 1 to
          DIM_EMBED [64,192,-384]                | stage 2: dim -384: expected 1 to
          DIM_EMBED [64,192,2000000000]          | stage 2: dim 2000000000: expected 1 to
          DEPTH [1,2,0]                          | stage 2: depth 0: expected 1 to
          DEPTH [1,2,1000000]                    | stage 2: depth 1000000: expected 1 to
          PATCH_SIZE [-7,3,3]                    | stage 0: patch size -7: expected 1 to
          PATCH_STRIDE [4,0,2]                   | stage 1: patch stride 0: expected 1 to
          PATCH_PADDING [2,1,-1]                 | stage 2: patch padding -1: expected 0 to
          PATCH_SIZE [300,3,3]                   | stage 0: patch size 300 does not fit its input of 224x224
          PATCH_SIZE [7,99,3]                    | stage 1: patch size 99 does not fit its input of 56x56
          KERNEL_QKV [3,3,0]                     | stage 2: projection kernel 0: expected 1 to
          KERNEL_QKV [3,5,3]                     | stage 1: padding q 1 with projection kernel 5: the residual sum
          KERNEL_QKV [2,3,3]                     | stage 0: padding q 1 with projection kernel 2: the residual sum
          PADDING_Q [1,1,0]                      | stage 2: padding q 0 with projection kernel 3: the residual sum
          PADDING_Q [1,-1,1]                     | stage 1: padding q -1: expected 0 to
          PADDING_KV [-1,1,1]                    | stage 0: padding kv -1: expected 0 to
          STRIDE_Q [1,2,1]                       | stage 1: stride q 2: only 1
          STRIDE_KV [2,0,2]                      | stage 1: stride kv 0: expected 1 to
          MLP_RATIO [4,0,4]                      | stage 1: MLP ratio 0.0: expected
          MLP_RATIO [4,4,0.001]                  | stage 2: MLP ratio 0.001: expected
          DROP_RATE [0,0,1.0]                    | stage 2: drop rate 1.0: expected 0 or more and less than 1
          ATTN_DROP_RATE [0,-0.1,0]              | stage 1: attention drop rate -0.1: expected 0 or more
          DROP_PATH_RATE [0,0,1.5]               | stage 2: drop path rate 1.5: expected 0 or more
          NUM_STAGES 0                           | one entry for each of the NUM_STAGES 0 stages
          NUM_STAGES 4                           | MODEL.SPEC.PATCH_SIZE [7,3,3]
          DEPTH [1,2]                            | MODEL.SPEC.DEPTH [1,2] (the overrides): expected one entry for each
          CLS_TOKEN [False,True]                 | MODEL.SPEC.CLS_TOKEN [false,true]
          QKV_PROJ_METHOD ['dw_bn','avg','conv'] | expected one of dw_bn, avg, linear
          ACT relu                               | MODEL.SPEC.ACT "relu" (the overrides): expected one of quick_gelu, gelu
          INIT zeros                             | expected one of trunc_norm, xavier
          IN_CHANS 0                             | input channels 0: expected 1 to
          DIM_EMBED [65536,65536,65536]          | does not divide dim 65536
          """)
  void refusesWhatCannotBeBuiltNamingStageAndField(String override, String message) {
    int space = override.indexOf(' ');
    Experiment changed =
        Experiment.defaults()
            .with(
                List.of(
                    "MODEL.SPEC." + override.substring(0, space), override.substring(space + 1)));
    assertThatThrownBy(changed::spec)
        .isInstanceOf(SpecException.class)
        .message()
        .contains(message)
        .doesNotContain("\n");
  }

  @Test
  void refusesNotANumberAsRate() {
    assertRefused(() -> new DropRates(Double.NaN, 0, 0), "drop rate NaN: expected");
    assertRefused(() -> DropRates.path(Double.NaN), "drop path rate NaN: expected");
    assertRefused(
        () -> stage(4, 2, 1, Double.NaN, Projection.SQUEEZED), "MLP ratio NaN: expected at most");
  }

  @Test
  void refusesAnAverageWindowWithTooMuchPadding() {
    assertRefused(
        () -> new Projection(Projection.Method.AVG, 3, 0, 2, 1, 2),
        "padding kv 2: average pooling takes at most half its kernel 3");
  }

  @Test
  void refusesAPoolingWindowLargerThanItsGrid() {
    Projection wide = new Projection(Projection.Method.AVG, 9, 0, 0, 1, 2);
    assertRefused(
        () -> spec(List.of(stage(8, 2, 1, 4, wide)), Size.square(16)),
        "stage 0: projection kernel 9 does not fit its grid of 8x8");
  }

  @Test
  void refusesAnInputSmallerThanAKernelAtAnySizeAskedForLater() {
    CvtSpec spec = Variants.get("cvt-13").spec();
    assertThat(spec.grids(new Size(256, 320)))
        .containsExactly(new Size(64, 80), new Size(32, 40), new Size(16, 20));
    assertThat(spec.grids(Size.square(3)))
        .containsExactly(Size.square(1), Size.square(1), Size.square(1));
    assertRefused(
        () -> spec.grids(new Size(224, 2)),
        "stage 0: patch size 7 does not fit its input of 224x2");
  }

  @Test
  void refusesModelsWhoseFieldsAreFineButWhoseSumIsAbsurd() {
    StageSpec huge = stage(65_536, 2, 1_024, 4, Projection.SQUEEZED);
    assertRefused(
        () -> spec(List.of(huge), Size.square(32)), "weights: expected at most 20000000000");
    assertRefused(() -> spec(List.of(), Size.square(32)), "a model of 0 stages: expected 1 to 16");
    StageSpec small = stage(8, 2, 1, 4, Projection.SQUEEZED);
    assertRefused(
        () -> spec(java.util.Collections.nCopies(17, small), Size.square(32)),
        "a model of 17 stages: expected 1 to 16");
    CvtSpec spec = spec(List.of(small), Size.square(32));
    assertRefused(() -> spec.withClasses(-1), "number of classes -1: expected 0 to 1000000");
    assertThat(spec.withClasses(0).numClasses()).isZero();
  }

  @Test
  void linearProjectionIgnoresItsWindow() {
    Projection none = new Projection(Projection.Method.LINEAR, 0, -1, -1, 7, 0);
    assertThat(none.keyGrid(5)).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource({"0, 224", "-1, 1", "20000, 1"})
  void refusesAbsurdSizes(int height, int width) {
    assertRefused(() -> new Size(height, width), "each side must be 1 to 16384");
    assertRefused(() -> new Size(width, height), "each side must be 1 to 16384");
  }

  @Test
  void readsSizesAsHeightTimesWidth() {
    assertThat(Size.parse("224")).isEqualTo(new Size(224, 224));
    assertThat(Size.parse("256x320")).isEqualTo(new Size(256, 320));
    for (String wrong : List.of("", "x", "224x", "-5", "1x2x3", "9999999", "2 24", "0")) {
      assertRefused(() -> Size.parse(wrong), "image size");
    }
  }

  @Test
  void refusesPreprocessingWithoutSense() {
    Preprocess fine = Preprocess.standard(Size.square(224));
    assertThat(fine.resize()).isEqualTo(Preprocess.Resize.CROP);
    assertRefused(() -> withCrop(fine, 0), "crop ratio 0.0: expected above 0 and at most 1");
    assertRefused(() -> withCrop(fine, Double.NaN), "crop ratio NaN");
    assertRefused(() -> withCrop(fine, 1.1), "crop ratio 1.1");
    assertRefused(
        () ->
            new Preprocess(
                fine.size(), fine.resize(), 1, fine.interpolation(), List.of(0.5), List.of(0.5)),
        "expected three channels each");
    assertRefused(
        () ->
            new Preprocess(
                fine.size(),
                fine.resize(),
                1,
                fine.interpolation(),
                fine.mean(),
                List.of(0.5, 0.0, 0.5)),
        "std above 0");
  }

  @Test
  void dropPathRatesAreThoseOfTheReference() {
    List<Map<String, String>> rows = Golden.csv("sched/drop_path.csv");
    List<String> wrong = new ArrayList<>();
    for (Map<String, String> row : rows) {
      String variant = row.get("model").equals("cvt-w24") ? "cvt-w24-224" : row.get("model");
      StageSpec stage =
          Variants.get(variant).spec().stages().get(Integer.parseInt(row.get("stage")));
      double rate = stage.dropPath(Integer.parseInt(row.get("block")));
      if (rate != Double.parseDouble(row.get("microsoft"))) {
        wrong.add(row + " but " + rate);
      }
    }
    assertThat(rows).hasSizeGreaterThan(50);
    assertThat(wrong).isEmpty();
  }

  private static Preprocess withCrop(Preprocess other, double ratio) {
    return new Preprocess(
        other.size(), other.resize(), ratio, other.interpolation(), other.mean(), other.std());
  }

  private static StageSpec stage(
      int dim, int heads, int depth, double ratio, Projection projection) {
    Patch patch = new Patch(3, 2, 1);
    return new StageSpec(
        patch, dim, heads, depth, ratio, true, false, false, projection, DropRates.NONE);
  }

  private static CvtSpec spec(List<StageSpec> stages, Size size) {
    return new CvtSpec(stages, 10, 3, Activation.GELU, Init.TRUNC_NORM, size);
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(SpecException.class).hasMessageContaining(message);
  }
}
