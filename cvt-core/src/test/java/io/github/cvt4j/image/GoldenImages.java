package io.github.cvt4j.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.weights.HostTensor;

/** Golden tensors as images, and comparison that says where two images part. */
final class GoldenImages {

  private GoldenImages() {}

  static RgbImage image(HostTensor tensor) {
    long[] shape = tensor.shape();
    byte[] pixels = new byte[(int) tensor.elements()];
    tensor.data().get(pixels);
    return new RgbImage((int) shape[0], (int) shape[1], pixels);
  }

  static void assertEqual(RgbImage actual, RgbImage expected, String what) {
    assertThat(actual.size()).as("size of " + what).isEqualTo(expected.size());
    int worst = 0;
    int at = -1;
    int differing = 0;
    for (int i = 0; i < expected.pixels().length; i++) {
      int difference = Math.abs((actual.pixels()[i] & 0xff) - (expected.pixels()[i] & 0xff));
      if (difference > 0) {
        differing++;
      }
      if (difference > worst) {
        worst = difference;
        at = i;
      }
    }
    assertThat(worst)
        .as("%s: largest difference, at byte %d; %d bytes differ", what, at, differing)
        .isZero();
  }
}
