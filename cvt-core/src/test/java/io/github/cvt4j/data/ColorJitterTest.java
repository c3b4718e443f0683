package io.github.cvt4j.data;

import static io.github.cvt4j.data.Pictures.image;
import static io.github.cvt4j.data.Pictures.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.weights.StateDict;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ColorJitterTest {

  private static final StateDict GOLDEN = Golden.read("aug/color_jitter.safetensors");

  static List<Map<String, String>> rows() {
    List<Map<String, String>> rows = Golden.csv("aug/color_jitter.csv");
    assertThat(rows).hasSize(16 - 1);
    return rows;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void equalsTorchvisionOnPillowPictures(Map<String, String> row) {
    RgbImage result = image(GOLDEN.get("input"));
    for (String step : row.get("what").split(" then ", -1)) {
      result = applied(step, result);
    }
    assertThat(result.pixels())
        .as("%s", row)
        .isEqualTo(image(GOLDEN.get(row.get("tensor"))).pixels());
  }

  private static RgbImage applied(String step, RgbImage image) {
    SplittableRandom random = new SplittableRandom(0);
    if (step.equals("horizontal flip")) {
      return new HorizontalFlip(1).apply(image, random);
    }
    if (step.equals("RGB to L to 3 equal channels")) {
      return new Grayscale().apply(image, random);
    }
    String[] parts = step.replace(" radius ", "=").replace(" (optional)", "").split("=", -1);
    double value = Double.parseDouble(parts[1]);
    return switch (parts[0]) {
      case "brightness" -> Tones.brightness(image, (float) value);
      case "contrast" -> Tones.contrast(image, (float) value);
      case "saturation" -> Colours.saturation(image, (float) value);
      case "hue" -> Hue.shift(image, value);
      case "PIL GaussianBlur" -> GaussianBlur.blur(image, value);
      default -> throw new IllegalStateException("unknown step " + step);
    };
  }

  @Test
  void stepsComeInEveryOrder() {
    RgbImage input = noise(4, 4, 3);
    ColorJitter jitter = new ColorJitter(0.4, 0.4, 0.4, 0.1);
    Set<List<Byte>> seen = new HashSet<>();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 50; i++) {
      byte[] pixels = jitter.apply(input, random).pixels();
      seen.add(List.of(pixels[0], pixels[1], pixels[2]));
    }
    assertThat(seen).hasSizeGreaterThan(45);
    assertThat(jitter.apply(input, new SplittableRandom(2)).pixels())
        .isEqualTo(jitter.apply(input, new SplittableRandom(2)).pixels());
  }

  @Test
  void noStrengthChangesNothing() {
    RgbImage input = noise(4, 4, 3);
    assertThat(new ColorJitter(0, 0, 0, 0).apply(input, new SplittableRandom(1))).isSameAs(input);
  }

  @Test
  void factorsStayInTheirRange() {
    RgbImage gray = Pictures.gray(1, 1, 100);
    SplittableRandom random = new SplittableRandom(1);
    int least = 255;
    int most = 0;
    for (int i = 0; i < 2000; i++) {
      int value = new ColorJitter(0.4, 0, 0, 0).apply(gray, random).pixels()[0] & 0xff;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    assertThat(least).isBetween(60, 61);
    assertThat(most).isBetween(138, 140);
  }

  @Test
  void blurKeepsAFlatPictureAndTheSmallestOnes() {
    RgbImage flat = Pictures.gray(5, 9, 77);
    assertThat(GaussianBlur.blur(flat, 1.7).pixels()).isEqualTo(flat.pixels());
    RgbImage line = noise(1, 3, 1);
    byte[] before = line.pixels().clone();
    assertThat(GaussianBlur.blur(line, 20).size()).isEqualTo(line.size());
    assertThat(line.pixels()).isEqualTo(before);
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new ColorJitter(0.4, -1, 0, 0))
        .isInstanceOf(SpecException.class)
        .hasMessage("colour jitter's contrast -1.0: expected 0 to 100.0");
    assertThatThrownBy(() -> new ColorJitter(0, 0, 0, 0.6))
        .isInstanceOf(SpecException.class)
        .hasMessage("colour jitter's hue 0.6: expected 0 to 0.5");
    assertThatThrownBy(() -> new GaussianBlur(2, 1)).isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> new Sometimes(2, new Grayscale())).isInstanceOf(SpecException.class);
  }
}
