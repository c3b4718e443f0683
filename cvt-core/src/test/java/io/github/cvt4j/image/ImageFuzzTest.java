package io.github.cvt4j.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mutated files: nothing but {@link ImageException} comes out, and soon. */
class ImageFuzzTest {

  private static final int MUTATIONS = 60;

  static Stream<String> files() {
    return Stream.of(
        "preproc/jpg_gray_97x61.jpg",
        "preproc/jpg_rgb_500x375.jpg",
        "preproc/jpg_progressive_500x375.jpg",
        "preproc/jpg_cmyk_333x500.jpg",
        "preproc/jpg_exif6_333x500.jpg",
        "preproc/l_97x61.png",
        "preproc/p_333x500.png",
        "preproc/rgba_500x375.png",
        "preproc/rgb_20x30.png",
        "20x30.bmp",
        "20x30.gif",
        "rgb_20x30_lossless.webp",
        "rgb_20x30_lossy.webp");
  }

  @ParameterizedTest
  @MethodSource("files")
  void onlyImageExceptionsComeOut(String name) {
    byte[] good = bytes(name);
    DecodeOptions options = DecodeOptions.DEFAULT.withLimits(good.length * 2L, 2_000_000);
    Random random = new Random(name.hashCode());
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] bad = mutate(good, random);
      boolean accepted =
          assertTimeoutPreemptively(
              Duration.ofSeconds(20), () -> accepts(bad, name, options), name);
      refused += accepted ? 0 : 1;
    }
    assertThat(refused).as("refused of %d", MUTATIONS).isPositive();
  }

  private static boolean accepts(byte[] bytes, String name, DecodeOptions options) {
    try {
      RgbImage image = ImageDecoder.decode(bytes, name, options);
      assertThat(image.pixels().length / 3).isLessThanOrEqualTo(2_000_000);
      return true;
    } catch (ImageException e) {
      assertThat(e.getMessage()).startsWith(name).doesNotContain("\n");
      return false;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      return fail("mutation of " + name + " ends with " + e, e);
    }
  }

  /** A few changed bytes, mostly near the start where the headers are, or a cut, or a repeat. */
  private static byte[] mutate(byte[] good, Random random) {
    byte[] bad = good.clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int reach = random.nextBoolean() ? Math.min(bad.length, 200) : bad.length;
      int at = random.nextInt(reach);
      bad[at] = (byte) (random.nextInt(3) == 0 ? -1 : random.nextInt(256));
    }
    return switch (random.nextInt(4)) {
      case 0 -> Arrays.copyOf(bad, 1 + random.nextInt(bad.length));
      case 1 -> {
        int from = random.nextInt(bad.length);
        int length = random.nextInt(bad.length - from);
        System.arraycopy(good, from, bad, random.nextInt(bad.length - length), length);
        yield bad;
      }
      default -> bad;
    };
  }

  private static byte[] bytes(String name) {
    if (name.startsWith("preproc/")) {
      return JpegFixture.golden(name.substring("preproc/".length()));
    }
    try {
      return name.endsWith(".webp")
          ? OtherFormatsTest.resource(name)
          : OtherFormatsTest.encode(
              ImageDecoder.decode(JpegFixture.golden("rgb_20x30.png"), name, DecodeOptions.DEFAULT),
              name.substring(name.length() - 3));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
