package io.github.cvt4j.data;

import static io.github.cvt4j.data.Pictures.image;
import static io.github.cvt4j.data.Pictures.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.Golden;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.weights.StateDict;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RandAugmentTest {

  private static final StateDict GOLDEN = Golden.read("aug/randaugment.safetensors");
  private static final Rgb FILL = Rgb.ofMean(Preprocess.IMAGENET_MEAN);

  /** Our names for timm's. */
  private static final Map<String, RandAugmentOp> OPS =
      Map.ofEntries(
          Map.entry("AutoContrast", RandAugmentOp.AUTO_CONTRAST),
          Map.entry("Equalize", RandAugmentOp.EQUALIZE),
          Map.entry("Invert", RandAugmentOp.INVERT),
          Map.entry("Rotate", RandAugmentOp.ROTATE),
          Map.entry("PosterizeIncreasing", RandAugmentOp.POSTERIZE),
          Map.entry("SolarizeIncreasing", RandAugmentOp.SOLARIZE),
          Map.entry("SolarizeAdd", RandAugmentOp.SOLARIZE_ADD),
          Map.entry("ColorIncreasing", RandAugmentOp.COLOR),
          Map.entry("ContrastIncreasing", RandAugmentOp.CONTRAST),
          Map.entry("BrightnessIncreasing", RandAugmentOp.BRIGHTNESS),
          Map.entry("SharpnessIncreasing", RandAugmentOp.SHARPNESS),
          Map.entry("ShearX", RandAugmentOp.SHEAR_X),
          Map.entry("ShearY", RandAugmentOp.SHEAR_Y),
          Map.entry("TranslateXRel", RandAugmentOp.TRANSLATE_X),
          Map.entry("TranslateYRel", RandAugmentOp.TRANSLATE_Y));

  private static RandAugment augment(String policy, Interpolation kernel) {
    return new RandAugment(RandAugmentPolicy.parse(policy), kernel, FILL);
  }

  static List<Map<String, String>> operations() {
    List<Map<String, String>> rows = Golden.csv("aug/randaugment.csv");
    assertThat(rows).hasSize(68);
    return rows;
  }

  @ParameterizedTest
  @MethodSource("operations")
  void everyOperationEqualsTimmsByteForByte(Map<String, String> row) {
    RandAugmentOp op = OPS.get(row.get("op"));
    double argument =
        op.argument(
            Double.parseDouble(row.get("magnitude")),
            /* increasing= */ true,
            row.get("sign").equals("neg"));
    if (!row.get("argument").isEmpty()) {
      assertThat(argument).isEqualTo(Double.parseDouble(row.get("argument")));
    }
    Interpolation kernel =
        row.get("interpolation").equals("bilinear")
            ? Interpolation.BILINEAR
            : Interpolation.BICUBIC;
    if (!row.get("fill").isEmpty()) {
      assertThat(row.get("fill")).isEqualTo(FILL.red() + " " + FILL.green() + " " + FILL.blue());
    }
    RgbImage input = image(GOLDEN.get(row.get("input")));
    byte[] before = input.pixels().clone();
    RgbImage result = op.apply(input, argument, augment("rand-m9-inc1", kernel));
    assertThat(result.pixels()).isEqualTo(image(GOLDEN.get(row.get("tensor"))).pixels());
    assertThat(input.pixels()).as("the input").isEqualTo(before);
  }

  @Test
  void magnitudesMeanWhatTheyMeanToTimm() {
    List<Map<String, String>> rows = Golden.csv("aug/level_to_arg.csv");
    assertThat(rows).hasSize(180);
    for (Map<String, String> row : rows) {
      RandAugmentOp op = OPS.get(row.get("op"));
      double magnitude = Double.parseDouble(row.get("magnitude"));
      assertThat(op.argument(magnitude, true, false))
          .as("%s", row)
          .isEqualTo(Double.parseDouble(row.get("positive")));
      assertThat(op.argument(magnitude, true, true))
          .as("%s", row)
          .isEqualTo(Double.parseDouble(row.get("negative")));
    }
  }

  @Test
  void withoutIncreasingSomeOperationsGetWeaker() {
    assertThat(RandAugmentOp.POSTERIZE.argument(9, false, false)).isEqualTo(3);
    assertThat(RandAugmentOp.SOLARIZE.argument(9, false, false)).isEqualTo(230);
    assertThat(RandAugmentOp.COLOR.argument(9, false, true)).isEqualTo(0.9 * 1.8 + 0.1);
    assertThat(RandAugmentOp.ROTATE.argument(9, false, true)).isEqualTo(-27);
  }

  @Test
  void operationsTakeTheSmallestPictures() {
    for (RgbImage input : List.of(noise(1, 1, 0), noise(1, 40, 1), noise(40, 2, 2))) {
      for (RandAugmentOp op : RandAugmentOp.values()) {
        for (Interpolation kernel : Interpolation.values()) {
          double argument = op.argument(10, true, true);
          assertThat(op.apply(input, argument, augment("rand", kernel)).size())
              .as("%s on %s", op, input.size())
              .isEqualTo(input.size());
        }
      }
    }
  }

  @Test
  void layersAreDoneEveryOtherTime() {
    RgbImage input = noise(6, 6, 4);
    SplittableRandom random = new SplittableRandom(3);
    int untouched = 0;
    for (int i = 0; i < 4000; i++) {
      if (augment("rand-m9-n2-inc1", Interpolation.BICUBIC).apply(input, random).equals(input)) {
        untouched++;
      }
    }
    assertThat(untouched / 4000.0).isCloseTo(0.25, within(0.03));
  }

  @Test
  void sameDrawsGiveTheSamePicture() {
    RgbImage input = noise(20, 30, 4);
    RandAugment augment = augment("rand-m9-n5-mstd0.5-inc1", Interpolation.BICUBIC);
    byte[] first = augment.apply(input, new SplittableRandom(11)).pixels();
    assertThat(augment.apply(input, new SplittableRandom(11)).pixels()).isEqualTo(first);
    assertThat(Arrays.equals(augment.apply(input, new SplittableRandom(12)).pixels(), first))
        .isFalse();
  }

  @Test
  void weightedOperationsAreDrawnByWeightAndNeverTwice() {
    SplittableRandom random = new SplittableRandom(8);
    int rotations = 0;
    for (int i = 0; i < 2000; i++) {
      Set<RandAugmentOp> drawn = EnumSet.noneOf(RandAugmentOp.class);
      if (RandAugment.weighted(drawn, random) == RandAugmentOp.ROTATE) {
        rotations++;
      }
      for (int layer = 0; layer < 13; layer++) {
        assertThat(drawn.add(RandAugment.weighted(drawn, random))).as("layer %d", layer).isTrue();
      }
      assertThat(drawn).doesNotContain(RandAugmentOp.INVERT, RandAugmentOp.POSTERIZE);
    }
    assertThat(rotations / 2000.0).isCloseTo(0.3, within(0.04));
  }

  @Test
  void readsTimmsNotation() {
    assertThat(RandAugmentPolicy.parse("rand-m9-mstd0.5-inc1"))
        .isEqualTo(new RandAugmentPolicy(9, 0.5, 2, true, false));
    assertThat(RandAugmentPolicy.parse("rand-n3-w0-m15-mstd1"))
        .isEqualTo(new RandAugmentPolicy(15, 1, 3, false, true));
    assertThat(RandAugmentPolicy.parse("rand"))
        .isEqualTo(new RandAugmentPolicy(10, 0, 2, false, false));
    assertThat(RandAugmentPolicy.parse("rand-inc0"))
        .isEqualTo(new RandAugmentPolicy(10, 0, 2, false, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "random-m9",
        "original-mstd0.5",
        "augmix-m5",
        "rand-",
        "rand-m",
        "rand-x9",
        "rand-m9.5",
        "rand-m-9",
        "rand-m9-m9",
        "rand-m101",
        "rand-n0",
        "rand-n14",
        "rand-inc2",
        "rand-w1",
        "rand-m9 ",
        "rand_m9",
        "RAND-m9",
        "rand-mstdNaN",
        "rand-m99999999999999999999"
      })
  void saysWhatIsWrongInTheNotation(String text) {
    assertThatThrownBy(() -> RandAugmentPolicy.parse(text))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("expected")
        .hasMessageNotContaining("\n");
  }

  @Test
  void namesTheWrongPart() {
    assertThatThrownBy(() -> RandAugmentPolicy.parse("rand-m9-k\n3"))
        .hasMessageStartingWith("'k?3' in 'rand-m9-k?3': expected rand, then any of -m0 to -m100")
        .hasMessageEndingWith("as in rand-m9-mstd0.5-inc1");
  }

  @Test
  void fillColoursAreRoundedMeans() {
    assertThat(FILL).isEqualTo(new Rgb(124, 116, 104));
    assertThat(Rgb.ofMean(List.of(0.0, 1.0, 2.0)).toString().toLowerCase(Locale.ROOT))
        .isEqualTo("rgb[red=0, green=255, blue=255]");
    assertThatThrownBy(() -> new Rgb(0, 256, 0)).isInstanceOf(SpecException.class);
  }
}
