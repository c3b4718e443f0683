package io.github.cvt4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.data.Shapes.Part;
import io.github.cvt4j.image.RgbImage;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ShapesTest {

  @Test
  void picturesAreTheSameEverywhere() throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (int i = 0; i < 40; i++) {
      digest.update(new Shapes(Part.TRAIN, 40, 32, 0).image(i).pixels());
    }
    digest.update(new Shapes(Part.VALIDATION, 1, 100, 7).image(0).pixels());
    assertThat(HexFormat.of().formatHex(digest.digest()))
        .as("SHA-256 of the first pictures; changing it changes every result on shapes")
        .isEqualTo("2830b5f1c2fdabe664329676d7deafdb42d852429e6932818f8a62997fd4abcd");
  }

  @Test
  void partsAndSeedsShareNoPicture() {
    Set<ByteBuffer> seen = new HashSet<>();
    for (Shapes shapes :
        new Shapes[] {
          new Shapes(Part.TRAIN, 300, 16, 0),
          new Shapes(Part.VALIDATION, 300, 16, 0),
          new Shapes(Part.TRAIN, 300, 16, 1)
        }) {
      for (int i = 0; i < shapes.size(); i++) {
        seen.add(ByteBuffer.wrap(shapes.image(i).pixels()));
      }
    }
    assertThat(seen).hasSize(900);
  }

  @Test
  void moreOrLargerPicturesKeepTheirNumbers() {
    assertThat(new Shapes(Part.TRAIN, 10, 32, 0).image(3).pixels())
        .isEqualTo(new Shapes(Part.TRAIN, 1000, 32, 0).image(3).pixels());
    RgbImage large = new Shapes(Part.TRAIN, 10, 224, 0).image(3);
    assertThat(large.height()).isEqualTo(224);
    assertThat(large.width()).isEqualTo(224);
  }

  @Test
  @Timeout(30)
  void thereIsAColourForEveryBackground() {
    Shapes many = new Shapes(Part.TRAIN, 8_000, 8, 0);
    for (int i = 0; i < many.size(); i++) {
      assertThat(many.image(i).height()).isEqualTo(8);
    }
  }

  @Test
  void classesAreBalanced() {
    Shapes shapes = new Shapes(Part.TRAIN, 200, 32, 0);
    int[] counts = new int[10];
    for (int i = 0; i < shapes.size(); i++) {
      counts[shapes.label(i)]++;
    }
    assertThat(counts).containsOnly(20);
    assertThat(shapes.classes()).hasSize(10).doesNotHaveDuplicates().contains("circle", "star");
  }

  @Test
  void everyShapeHasAVisibleAreaInsideItsCircle() {
    for (Shape shape : Shape.values()) {
      int hits = 0;
      for (int i = 0; i < 400; i++) {
        for (int j = 0; j < 400; j++) {
          double x = (i - 199.5) / 160;
          double y = (j - 199.5) / 160;
          if (shape.contains(x, y)) {
            hits++;
            assertThat(Math.hypot(x, y)).as("%s at %s, %s", shape, x, y).isLessThan(1.01);
          }
        }
      }
      double share = hits / (Math.PI * 160 * 160);
      assertThat(share).as("share of the circle that a %s covers", shape).isBetween(0.2, 0.8);
    }
  }

  @Test
  void aLinearClassifierOnPixelsFails() {
    int side = 32;
    Shapes train = new Shapes(Part.TRAIN, 2000, side, 0);
    Shapes validation = new Shapes(Part.VALIDATION, 500, side, 0);
    float[][] weights = new float[10][side * side * 3 + 1];
    float[][] inputs = inputs(train);
    for (int epoch = 0; epoch < 10; epoch++) {
      for (int i = 0; i < inputs.length; i++) {
        // 7 and 2000 have no common factor: every picture once, the classes mixed.
        softmaxStep(weights, inputs[i * 7 % 2000], train.label(i * 7 % 2000), 0.002f);
      }
    }
    assertThat(accuracy(weights, inputs, train))
        .as("on what it was trained with: it does learn what it can")
        .isGreaterThan(0.3);
    assertThat(accuracy(weights, inputs(validation), validation))
        .as("on pictures that it has not seen")
        .isLessThan(0.45);
  }

  /** Without noise every covered pixel has one colour; with it, none is off by more than half. */
  @Test
  void masksCoverTheShape() {
    Shapes shapes = new Shapes(Part.VALIDATION, 40, 64, 3);
    for (int i = 0; i < shapes.size(); i++) {
      double[] mask = shapes.mask(i);
      byte[] pixels = shapes.image(i).pixels();
      assertThat(mask).hasSize(64 * 64);
      double[] inside = new double[3];
      int covered = 0;
      for (int at = 0; at < mask.length; at++) {
        assertThat(mask[at]).isBetween(0.0, 1.0);
        if (mask[at] == 1) {
          covered++;
          for (int c = 0; c < 3; c++) {
            inside[c] += pixels[3 * at + c] & 0xff;
          }
        }
      }
      assertThat(covered).as("pixels of picture %d's shape", i).isBetween(150, 2000);
      for (int at = 0; at < mask.length; at++) {
        for (int c = 0; c < 3 && mask[at] == 1; c++) {
          assertThat((double) (pixels[3 * at + c] & 0xff))
              .as("picture %d, pixel %d, channel %d", i, at, c)
              .isBetween(inside[c] / covered - 13, inside[c] / covered + 13);
        }
      }
    }
  }

  @Test
  void sizesOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Shapes(Part.TRAIN, 0, 32, 0))
        .isInstanceOf(DataException.class)
        .hasMessage("0 generated shapes: expected at least 1");
    assertThatThrownBy(() -> new Shapes(Part.TRAIN, 10, 7, 0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("of 7 pixels");
    assertThatThrownBy(() -> new Shapes(Part.TRAIN, 10, 32, 0).image(10))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static float[][] inputs(Shapes shapes) {
    float[][] inputs = new float[shapes.size()][];
    for (int i = 0; i < inputs.length; i++) {
      byte[] pixels = shapes.image(i).pixels();
      inputs[i] = new float[pixels.length + 1];
      inputs[i][pixels.length] = 1;
      for (int k = 0; k < pixels.length; k++) {
        inputs[i][k] = (pixels[k] & 0xff) / 127.5f - 1;
      }
    }
    return inputs;
  }

  private static double[] probabilities(float[][] weights, float[] input) {
    double[] scores = new double[weights.length];
    for (int c = 0; c < weights.length; c++) {
      float sum = 0;
      for (int k = 0; k < input.length; k++) {
        sum += weights[c][k] * input[k];
      }
      scores[c] = sum;
    }
    double most = Arrays.stream(scores).max().orElseThrow();
    double total = Arrays.stream(scores).map(score -> Math.exp(score - most)).sum();
    return Arrays.stream(scores).map(score -> Math.exp(score - most) / total).toArray();
  }

  private static void softmaxStep(float[][] weights, float[] input, int label, float rate) {
    double[] probabilities = probabilities(weights, input);
    for (int c = 0; c < weights.length; c++) {
      float gradient = (float) (probabilities[c] - (c == label ? 1 : 0)) * rate;
      for (int k = 0; k < input.length; k++) {
        weights[c][k] -= gradient * input[k];
      }
    }
  }

  private static double accuracy(float[][] weights, float[][] inputs, Shapes shapes) {
    int right = 0;
    for (int i = 0; i < inputs.length; i++) {
      double[] probabilities = probabilities(weights, inputs[i]);
      double most = Arrays.stream(probabilities).max().orElseThrow();
      if (probabilities[shapes.label(i)] == most) {
        right++;
      }
    }
    return (double) right / inputs.length;
  }
}
