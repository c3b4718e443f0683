package io.github.cvt4j.image;

import static io.github.cvt4j.image.GoldenImages.assertEqual;
import static io.github.cvt4j.image.GoldenImages.image;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.Golden;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import io.github.cvt4j.spec.Preprocess.Resize;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.weights.StateDict;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything in golden/preproc, byte for byte. */
class GoldenPreprocessingTest {

  private static final DecodeOptions STORED = DecodeOptions.DEFAULT.withOrientation(false);

  static Stream<String> files() {
    return Golden.csv("preproc/images.csv").stream().map(row -> row.get("file"));
  }

  static Stream<String> resizeCases() {
    return Golden.read("preproc/resize_cases.safetensors").names().stream()
        .filter(name -> !name.endsWith(".input"));
  }

  @ParameterizedTest
  @MethodSource("files")
  void decodesToPillowsRgb(String file) {
    StateDict golden = Golden.read("preproc/" + file + ".expected.safetensors");
    RgbImage decoded = ImageDecoder.decode(Golden.path("preproc/" + file), STORED);
    if (golden.names().contains("decoded")) {
      assertEqual(decoded, image(golden.get("decoded")), file);
    }
    Map<String, String> row =
        Golden.csv("preproc/images.csv").stream()
            .filter(r -> r.get("file").equals(file))
            .findFirst()
            .orElseThrow();
    assertThat(decoded.size())
        .isEqualTo(
            new Size(Integer.parseInt(row.get("height")), Integer.parseInt(row.get("width"))));
  }

  @ParameterizedTest
  @MethodSource("files")
  void viewsEqualTorchvisionsOnPillow(String file) {
    StateDict golden = Golden.read("preproc/" + file + ".expected.safetensors");
    int compared = 0;
    for (String name : golden.names()) {
      String view = name.replace("exif.", "");
      if (!view.matches("(crop224|warp384)_(bicubic|bilinear)")) {
        continue;
      }
      DecodeOptions options = DecodeOptions.DEFAULT.withOrientation(name.startsWith("exif."));
      RgbImage picture = ImageDecoder.decode(Golden.path("preproc/" + file), options);
      Preprocess spec = spec(view);
      assertEqual(new Preprocessor(spec).view(picture), image(golden.get(name)), file + " " + name);
      compared++;
    }
    assertThat(compared).as("views of " + file).isGreaterThanOrEqualTo(3);
  }

  @ParameterizedTest
  @MethodSource("resizeCases")
  void resizesAsPillow(String name) {
    StateDict golden = Golden.read("preproc/resize_cases.safetensors");
    String size = name.substring(0, name.indexOf('.'));
    RgbImage expected = image(golden.get(name));
    RgbImage actual =
        Resample.resize(
            image(golden.get(size + ".input")),
            expected.height(),
            expected.width(),
            kernel(name.substring(name.indexOf('.') + 1)));
    assertEqual(actual, expected, name);
  }

  @Test
  void normalizesAsTorchvision() {
    StateDict golden = Golden.read("preproc/rgb_500x375.png.expected.safetensors");
    float[] expected = golden.get("crop224_bicubic.normalized").toFloats();
    RgbImage picture = ImageDecoder.decode(Golden.path("preproc/rgb_500x375.png"));
    float[] actual = new Preprocessor(Preprocess.standard(Size.square(224))).apply(picture);
    assertThat(actual).hasSameSizeAs(expected);
    float worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
    }
    assertThat(worst).as("largest difference").isLessThanOrEqualTo(1e-6f);
  }

  @Test
  void cutsWhereTimmAndTorchvisionDo() {
    for (Map<String, String> row : Golden.csv("preproc/geometry.csv")) {
      int crop = number(row, "crop");
      Preprocess spec =
          new Preprocess(
              Size.square(crop),
              Resize.CROP,
              0.875,
              Interpolation.BICUBIC,
              Preprocess.IMAGENET_MEAN,
              Preprocess.IMAGENET_STD);
      Preprocessor.Cut cut = Preprocessor.Cut.of(spec, number(row, "height"), number(row, "width"));
      assertThat(cut)
          .as(row.toString())
          .isEqualTo(
              new Preprocessor.Cut(
                  number(row, "resized_height"),
                  number(row, "resized_width"),
                  new Box(number(row, "crop_top"), number(row, "crop_left"), crop, crop)));
    }
  }

  private static int number(Map<String, String> row, String column) {
    return Integer.parseInt(row.get(column));
  }

  private static Interpolation kernel(String name) {
    return Interpolation.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static Preprocess spec(String view) {
    return Preprocess.standard(Size.square(view.startsWith("crop224") ? 224 : 384))
        .withInterpolation(kernel(view.substring(view.indexOf('_') + 1)));
  }
}
