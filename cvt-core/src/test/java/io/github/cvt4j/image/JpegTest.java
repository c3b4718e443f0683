package io.github.cvt4j.image;

import static io.github.cvt4j.image.GoldenImages.assertEqual;
import static io.github.cvt4j.image.GoldenImages.image;
import static io.github.cvt4j.image.JpegFixture.APP0;
import static io.github.cvt4j.image.JpegFixture.APP14;
import static io.github.cvt4j.image.JpegFixture.APP2;
import static io.github.cvt4j.image.JpegFixture.adobe;
import static io.github.cvt4j.image.JpegFixture.golden;
import static io.github.cvt4j.image.JpegFixture.with;
import static io.github.cvt4j.image.JpegFixture.without;
import static io.github.cvt4j.image.PngFixture.concat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.awt.image.Raster;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class JpegTest {

  private static final String FULL_CHROMA = "jpg_444_224x224.jpg";
  private static final String CMYK = "jpg_cmyk_333x500.jpg";
  private static final String PROGRESSIVE = "jpg_progressive_500x375.jpg";

  @Test
  void withoutAnyMarkerThreeChannelsAreLumaAndChroma() {
    byte[] bare = without(golden(FULL_CHROMA), APP0);
    assertEqual(decode(bare), decoded(FULL_CHROMA), "4:4:4 without JFIF marker");
  }

  @Test
  void anAdobeMarkerCanSayThatThreeChannelsAreRgb() {
    byte[] bare = without(golden(FULL_CHROMA), APP0);
    RgbImage stored = decode(with(bare, APP14, adobe(0)));
    assertYcc(stored, decoded(FULL_CHROMA));
    assertEqual(decode(with(bare, APP14, adobe(1))), decoded(FULL_CHROMA), "Adobe YCC");
  }

  @Test
  void componentsNamedRgbAreRgb() {
    byte[] named = without(golden(FULL_CHROMA), APP0);
    int frame = JpegFixture.lastIndexOf(named, 0xc0);
    int scan = JpegFixture.lastIndexOf(named, 0xda);
    for (int c = 0; c < 3; c++) {
      named[frame + 10 + 3 * c] = (byte) "RGB".charAt(c);
      named[scan + 5 + 2 * c] = (byte) "RGB".charAt(c);
    }
    assertYcc(decode(named), decoded(FULL_CHROMA));
  }

  /** Whether the first, taken as luma and chroma, is the second in RGB (JFIF's formulas). */
  private static void assertYcc(RgbImage ycc, RgbImage rgb) {
    double worst = 0;
    for (int i = 0; i < rgb.pixels().length; i += 3) {
      double luma = ycc.pixels()[i] & 0xff;
      double cb = (ycc.pixels()[i + 1] & 0xff) - 128;
      double cr = (ycc.pixels()[i + 2] & 0xff) - 128;
      double[] expected = {
        luma + 1.402 * cr, luma - 0.344136 * cb - 0.714136 * cr, luma + 1.772 * cb
      };
      for (int c = 0; c < 3; c++) {
        double clipped = Math.max(0, Math.min(255, expected[c]));
        worst = Math.max(worst, Math.abs(clipped - (rgb.pixels()[i + c] & 0xff)));
      }
    }
    assertThat(worst).as("largest difference").isLessThan(0.51);
  }

  @Test
  void fourChannelsCanBeLumaAndChromaWithBlack() {
    byte[] bare = without(golden(CMYK), APP14);
    RgbImage actual = decode(with(bare, APP14, adobe(2)));
    byte[] unconverted = with(bare, APP14, adobe(0));
    Raster stored =
        Codec.JPEG
            .samples(new Encoded(unconverted, "stored", DecodeOptions.DEFAULT), unconverted)
            .value();
    double worst = 0;
    int[] sample = new int[4];
    for (int i = 0; i < actual.pixels().length; i++) {
      stored.getPixel(i / 3 % actual.width(), i / 3 / actual.width(), sample);
      double luma = sample[0];
      double cb = sample[1] - 128;
      double cr = sample[2] - 128;
      double[] inks = {luma + 1.402 * cr, luma - 0.344136 * cb - 0.714136 * cr, luma + 1.772 * cb};
      double ink = Math.max(0, Math.min(255, inks[i % 3]));
      double expected = sample[3] - ink * sample[3] / 255;
      worst = Math.max(worst, Math.abs(expected - (actual.pixels()[i] & 0xff)));
    }
    assertThat(worst).as("largest difference").isLessThan(1.01); // rounded twice
  }

  @Test
  void withoutAdobeMarkerFourChannelsAreInvertedInksToo() {
    assertEqual(decode(without(golden(CMYK), APP14)), decoded(CMYK), "bare CMYK");
  }

  @Test
  void brokenProfilesAndRubbishAroundThePictureDoNotMatter() {
    byte[] profile =
        concat("ICC_PROFILE\0".getBytes(StandardCharsets.ISO_8859_1), new byte[] {9, 1, 0, 0, 7});
    byte[] trailing = "trailing bytes of some phone's video".getBytes(StandardCharsets.US_ASCII);
    byte[] file = concat(with(golden(FULL_CHROMA), APP2, profile), trailing);
    assertEqual(decode(file), decoded(FULL_CHROMA), "decorated JPEG");
  }

  @Test
  void aMissingEndMarkerDoesNotMatterWhenAllPixelsAreThere() {
    byte[] file = golden(FULL_CHROMA);
    byte[] cut = Arrays.copyOf(file, file.length - 2);
    assertEqual(decode(cut), decoded(FULL_CHROMA), "JPEG without end marker");
  }

  @Test
  void aProgressiveFileWithoutItsLastScanIsTruncated() {
    byte[] file = golden(PROGRESSIVE);
    byte[] cut = Arrays.copyOf(file, JpegFixture.lastIndexOf(file, 0xc4));
    assertThatThrownBy(() -> decode(cut))
        .isInstanceOf(ImageException.class)
        .hasMessage("test.jpg: the file is truncated");
  }

  @Test
  void damageInsideAWholeFileIsLetPassAsPillowDoes() {
    byte[] file = golden(FULL_CHROMA);
    file[file.length / 2] = 0x55;
    file[file.length / 2 + 1] = 0x2a;
    assertThat(decode(file).size()).isEqualTo(decoded(FULL_CHROMA).size());
  }

  @Test
  void endlessScansAreRefused() {
    byte[] file = golden(PROGRESSIVE);
    int scan = JpegFixture.lastIndexOf(file, 0xda);
    byte[] one = Arrays.copyOfRange(file, scan, file.length - 2);
    byte[][] parts = new byte[200][];
    Arrays.fill(parts, one);
    parts[0] = Arrays.copyOf(file, scan);
    assertThatThrownBy(() -> decode(concat(parts)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("more than 100 scans");
  }

  private static RgbImage decoded(String file) {
    return image(Golden.read("preproc/" + file + ".expected.safetensors").get("decoded"));
  }

  private static RgbImage decode(byte[] bytes) {
    return ImageDecoder.decode(bytes, "test.jpg", DecodeOptions.DEFAULT.withOrientation(false));
  }
}
