package io.github.cvt4j.image;

import static io.github.cvt4j.image.GoldenImages.assertEqual;
import static io.github.cvt4j.image.JpegFixture.APP1;
import static io.github.cvt4j.image.JpegFixture.golden;
import static io.github.cvt4j.image.JpegFixture.with;
import static io.github.cvt4j.image.PngFixture.concat;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrientationTest {

  private static final String FILE = "jpg_rgb_500x375.jpg";
  private static final byte[] PREAMBLE = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
  private static final int SHORT = 3;

  /**
   * Six pixels that are their own numbers, in two rows: 123/456. The expected pictures follow from
   * the EXIF standard, which says where the stored first row and first column are to be seen.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 123/456",
    "2, 321/654",
    "3, 654/321",
    "4, 456/123",
    "5, 14/25/36",
    "6, 41/52/63",
    "7, 63/52/41",
    "8, 36/25/14",
  })
  void turnsPixelsUpright(int value, String expected) {
    RgbImage turned = Orientation.ofTag(value).apply(picture("123/456"));
    assertEqual(turned, picture(expected), "orientation " + value);
  }

  private static RgbImage picture(String rows) {
    int height = rows.split("/").length;
    String numbers = rows.replace("/", "");
    byte[] pixels = new byte[numbers.length() * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (numbers.charAt(i / 3) * 3 + i % 3);
    }
    return new RgbImage(height, numbers.length() / height, pixels);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void isReadFromJpegsInBothByteOrdersAndCanBeSwitchedOff(int value) {
    RgbImage stored = decode(golden(FILE), true);
    RgbImage upright = Orientation.ofTag(value).apply(stored);
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      byte[] file = with(golden(FILE), APP1, concat(PREAMBLE, exif(order, SHORT, value)));
      assertEqual(decode(file, true), upright, order + " " + value);
      assertEqual(decode(file, false), stored, "switched off");
    }
  }

  @Test
  void isReadFromPngs() {
    byte[] plain = png().end();
    byte[] tagged = png().chunk("eXIf", exif(ByteOrder.BIG_ENDIAN, SHORT, 8)).end();
    assertEqual(
        decode(tagged, true), Orientation.TURN_LEFT.apply(decode(plain, true)), "PNG with eXIf");
  }

  private static PngFixture png() {
    return new PngFixture()
        .header(3, 5, 8, PngFixture.RGB, false)
        .data(3, 5, 8, PngFixture.RGB, false, (y, x, c) -> y * 50 + x * 10 + c);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 9, 255})
  void valuesThatDoNotExistAreIgnored(int value) {
    assertThat(orientation(exif(ByteOrder.BIG_ENDIAN, SHORT, value))).isEqualTo(Orientation.KEEP);
  }

  @Test
  void brokenExifIsIgnored() {
    RgbImage stored = decode(golden(FILE), true);
    byte[] good = exif(ByteOrder.LITTLE_ENDIAN, SHORT, 6);
    for (int length = 0; length < good.length; length++) {
      byte[] file = with(golden(FILE), APP1, concat(PREAMBLE, Arrays.copyOf(good, length)));
      RgbImage decoded = decode(file, true);
      assertThat(decoded.height() * decoded.width())
          .as("EXIF cut to %d bytes", length)
          .isEqualTo(stored.height() * stored.width());
    }
  }

  @Test
  void directoriesThatPointBeyondTheBlockOrIntoItsHeaderAreIgnored() {
    for (int directory : new int[] {0, 7, 25, 26, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
      byte[] broken = exif(ByteOrder.BIG_ENDIAN, SHORT, 6);
      ByteBuffer.wrap(broken).putInt(4, directory);
      assertThat(orientation(broken)).as("at " + directory).isEqualTo(Orientation.KEEP);
    }
  }

  @Test
  void otherTypesOfValueAreNotGuessed() {
    assertThat(orientation(exif(ByteOrder.LITTLE_ENDIAN, 4, 6))).isEqualTo(Orientation.TURN_RIGHT);
    assertThat(orientation(exif(ByteOrder.LITTLE_ENDIAN, 2, 6))).isEqualTo(Orientation.KEEP);
  }

  private static Orientation orientation(byte[] tiff) {
    return Orientation.ofExif(tiff, 0, tiff.length);
  }

  /** A TIFF block with one directory that holds nothing but the orientation. */
  private static byte[] exif(ByteOrder order, int type, int value) {
    ByteBuffer tiff = ByteBuffer.allocate(26).order(order);
    tiff.put(order == ByteOrder.BIG_ENDIAN ? new byte[] {'M', 'M'} : new byte[] {'I', 'I'});
    tiff.putShort((short) 42).putInt(8);
    tiff.putShort((short) 1);
    tiff.putShort((short) 0x112).putShort((short) type).putInt(1);
    tiff.putShort((short) value).putShort((short) 0);
    return tiff.putInt(0).array();
  }

  private static RgbImage decode(byte[] bytes, boolean applyOrientation) {
    return ImageDecoder.decode(
        bytes, "test", DecodeOptions.DEFAULT.withOrientation(applyOrientation));
  }
}
