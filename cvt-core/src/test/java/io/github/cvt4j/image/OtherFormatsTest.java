package io.github.cvt4j.image;

import static io.github.cvt4j.image.GoldenImages.assertEqual;
import static io.github.cvt4j.image.PngFixture.concat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** BMP, GIF and WebP; the WebP files are golden/preproc/rgb_20x30.png through libwebp's cwebp. */
class OtherFormatsTest {

  private static final RgbImage PICTURE = ImageDecoder.decode(Golden.path("preproc/rgb_20x30.png"));

  static byte[] encode(RgbImage image, String format) throws IOException {
    BufferedImage copy =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    copy.getGraphics().drawImage(Samples.view(image), 0, 0, null);
    return encode(copy, format);
  }

  private static byte[] encode(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).as("wrote " + format).isTrue();
    return out.toByteArray();
  }

  static byte[] resource(String name) throws IOException {
    try (InputStream in = OtherFormatsTest.class.getResourceAsStream("/image/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  @Test
  void readsBmp() throws IOException {
    assertEqual(decode(encode(PICTURE, "bmp")), PICTURE, "24-bit BMP");
  }

  @ParameterizedTest
  @ValueSource(ints = {BufferedImage.TYPE_BYTE_BINARY, BufferedImage.TYPE_BYTE_INDEXED})
  void readsBmpWithPalette(int type) throws IOException {
    BufferedImage image = new BufferedImage(13, 7, type);
    image.getGraphics().drawImage(Samples.view(PICTURE), 0, 0, null);
    RgbImage decoded = decode(encode(image, "bmp"));
    for (int y = 0; y < 7; y++) {
      for (int x = 0; x < 13; x++) {
        assertThat(colour(decoded, y, x)).as(x + "," + y).isEqualTo(image.getRGB(x, y) & 0xffffff);
      }
    }
  }

  @Test
  void readsBmpTopRowFirstAndWithFourthByte() {
    byte[] pixels = {1, 2, 3, 99, 4, 5, 6, 99, 7, 8, 9, 99, 10, 11, 12, 99};
    RgbImage decoded = decode(bmp(2, -2, 32, 0, pixels));
    assertThat(decoded.pixels()).containsExactly(3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10);
  }

  @Test
  void readsBmpOfFiveBitsAChannel() {
    RgbImage decoded = decode(bmp(2, 1, 16, 0, new byte[] {0x1f, 0x40, (byte) 0xe0, 0x03}));
    assertThat(decoded.pixels()).containsExactly(131, 0, 255, 0, 255, 0);
  }

  @Test
  void aTruncatedBmpIsRefused() throws IOException {
    byte[] bmp = encode(PICTURE, "bmp");
    assertRefused(Arrays.copyOf(bmp, bmp.length - 10), "test: the file is truncated");
  }

  @Test
  void aBmpWithAnotherFileInsideIsRefused() {
    assertRefused(bmp(2, 2, 24, 4, new byte[64]), "test: a BMP with a JPEG or PNG inside is not");
  }

  @Test
  void aHugeBmpHeaderIsRefused() {
    assertRefused(bmp(60_000, 60_000, 24, 0, new byte[64]), "test: 60000 x 60000 pixels");
    assertRefused(bmp(5, Integer.MIN_VALUE, 24, 0, new byte[64]), "test: 5 x 2147483648 pixels");
  }

  private static byte[] bmp(int width, int height, int bits, int compression, byte[] pixels) {
    ByteBuffer out = ByteBuffer.allocate(54 + pixels.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'B').put((byte) 'M').putInt(out.capacity()).putInt(0).putInt(54);
    out.putInt(40).putInt(width).putInt(height).putShort((short) 1).putShort((short) bits);
    out.putInt(compression).putInt(pixels.length).putInt(0).putInt(0).putInt(0).putInt(0);
    return out.put(pixels).array();
  }

  @Test
  void readsGif() throws IOException {
    BufferedImage image = new BufferedImage(13, 7, BufferedImage.TYPE_BYTE_INDEXED);
    image.getGraphics().drawImage(Samples.view(PICTURE), 0, 0, null);
    RgbImage decoded = decode(encode(image, "gif"));
    assertThat(decoded.size()).hasToString("7x13");
    for (int y = 0; y < 7; y++) {
      for (int x = 0; x < 13; x++) {
        assertThat(colour(decoded, y, x)).as(x + "," + y).isEqualTo(image.getRGB(x, y) & 0xffffff);
      }
    }
  }

  @Test
  void placesAGifsFirstFrameOnItsScreen() {
    // 3x2 screen, colours red, green, blue, white; a 1x1 frame of colour 2 at (1, 1); colour 3 is
    // transparent and fills the rest, as in Pillow.
    byte[] gif =
        concat(
            "GIF89a".getBytes(StandardCharsets.US_ASCII),
            new byte[] {3, 0, 2, 0, (byte) 0x81, 0, 0},
            new byte[] {-1, 0, 0, 0, -1, 0, 0, 0, -1, -1, -1, -1},
            new byte[] {0x21, (byte) 0xf9, 4, 1, 0, 0, 3, 0},
            new byte[] {0x2c, 1, 0, 1, 0, 1, 0, 1, 0, 0},
            new byte[] {2, 2, 0x54, 0x01, 0, 0x3b});
    RgbImage decoded = decode(gif);
    assertThat(decoded.size()).hasToString("2x3");
    for (int i = 0; i < 6; i++) {
      assertThat(colour(decoded, i / 3, i % 3))
          .as("pixel " + i)
          .isEqualTo((i == 4 ? Color.BLUE : Color.WHITE).getRGB() & 0xffffff);
    }
  }

  @Test
  void aTruncatedGifIsRefused() throws IOException {
    byte[] gif = encode(PICTURE, "gif");
    for (int cut = gif.length * 9 / 10; cut > 6; cut -= 37) {
      assertRefused(Arrays.copyOf(gif, cut), "test: ");
    }
  }

  @Test
  void aHugeGifScreenIsRefused() throws IOException {
    byte[] gif = encode(PICTURE, "gif");
    Arrays.fill(gif, 6, 10, (byte) 0xff);
    assertRefused(gif, "test: 65535 x 65535 pixels");
  }

  @Test
  void readsLosslessWebp() throws IOException {
    assertEqual(decode(resource("rgb_20x30_lossless.webp")), PICTURE, "lossless WebP");
  }

  /** TwelveMonkeys' decoder is a few levels off libwebp's, so only nearness can be asked. */
  @Test
  void readsLossyWebp() throws IOException {
    RgbImage decoded = decode(resource("rgb_20x30_lossy.webp"));
    assertThat(decoded.size()).isEqualTo(PICTURE.size());
    double sum = 0;
    for (int i = 0; i < PICTURE.pixels().length; i++) {
      sum += (decoded.pixels()[i] & 0xff) - (PICTURE.pixels()[i] & 0xff);
    }
    assertThat(Math.abs(sum / PICTURE.pixels().length)).as("mean difference").isLessThan(3);
  }

  @Test
  void turnsWebpUpright() throws IOException {
    byte[] exif = {
      'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0
    };
    byte[] plain = resource("rgb_20x30_lossless.webp");
    byte[] extended = {'V', 'P', '8', 'X', 10, 0, 0, 0, 8, 0, 0, 0, 19, 0, 0, 29, 0, 0};
    byte[] tail = concat(new byte[] {'E', 'X', 'I', 'F', (byte) exif.length, 0, 0, 0}, exif);
    byte[] body = concat(extended, Arrays.copyOfRange(plain, 12, plain.length), tail);
    ByteBuffer size = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(body.length + 4);
    byte[] file =
        concat(
            "RIFF".getBytes(StandardCharsets.US_ASCII),
            size.array(),
            "WEBP".getBytes(StandardCharsets.US_ASCII),
            body);
    assertEqual(decode(file), Orientation.TURN_RIGHT.apply(PICTURE), "WebP with EXIF");
  }

  @Test
  void aTruncatedWebpIsRefused() throws IOException {
    for (String name : new String[] {"rgb_20x30_lossless.webp", "rgb_20x30_lossy.webp"}) {
      byte[] webp = resource(name);
      for (int cut = webp.length - 2; cut > 12; cut -= 23) { // the last byte may be padding
        assertRefused(Arrays.copyOf(webp, cut), "test: the file is truncated");
      }
    }
  }

  @Test
  void aHugeWebpHeaderIsRefused() throws IOException {
    byte[] webp = resource("rgb_20x30_lossy.webp");
    Arrays.fill(webp, 26, 30, (byte) 0xff);
    assertThatThrownBy(
            () -> ImageDecoder.decode(webp, "test", DecodeOptions.DEFAULT.withLimits(9999, 9999)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("16383 x 16383 pixels");
  }

  private static int colour(RgbImage image, int y, int x) {
    int i = (y * image.width() + x) * 3;
    return (image.pixels()[i] & 0xff) << 16
        | (image.pixels()[i + 1] & 0xff) << 8
        | (image.pixels()[i + 2] & 0xff);
  }

  private static RgbImage decode(byte[] bytes) {
    return ImageDecoder.decode(bytes, "test", DecodeOptions.DEFAULT);
  }

  private static void assertRefused(byte[] bytes, String start) {
    assertThatThrownBy(() -> decode(bytes))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith(start);
  }
}
