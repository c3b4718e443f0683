package io.github.cvt4j.image;

import static io.github.cvt4j.image.JpegFixture.golden;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.Golden;
import io.github.cvt4j.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad files end with one clear line that names them. */
class BadImagesTest {

  @TempDir Path folder;

  @Test
  void aMissingFile() {
    assertRefused(folder.resolve("nothing.jpg")).hasMessageEndingWith("nothing.jpg: no such file");
  }

  @Test
  void aFolder() {
    assertRefused(folder).hasMessageEndingWith("a folder; expected a picture file");
  }

  @Test
  void anEmptyFile() throws IOException {
    assertRefused(file("empty.jpg", new byte[0])).hasMessageEndingWith("the file is empty");
  }

  @Test
  void aTextFileNamedJpg() throws IOException {
    assertRefused(file("text.jpg", "This is not a picture.\n".getBytes(StandardCharsets.UTF_8)))
        .hasMessageEndingWith("not a picture: expected JPEG, PNG, GIF, BMP or WebP");
  }

  @Test
  void aFileOfAnotherKind() {
    assertRefused(Golden.path("preproc/resize_cases.safetensors"))
        .hasMessageContaining("not a picture");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jpg_rgb_500x375.jpg",
        "jpg_gray_97x61.jpg",
        "jpg_cmyk_333x500.jpg",
        "jpg_progressive_500x375.jpg",
        "jpg_exif6_333x500.jpg"
      })
  void aTruncatedJpeg(String name) throws IOException {
    byte[] whole = golden(name);
    for (int percent = 1; percent < 100; percent += 7) {
      byte[] cut = Arrays.copyOf(whole, Math.max(3, whole.length * percent / 100));
      assertRefused(file("cut.jpg", cut)).hasMessageEndingWith("cut.jpg: the file is truncated");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb_500x375.png", "l_97x61.png", "p_333x500.png", "rgba_500x375.png"})
  void aTruncatedPng(String name) throws IOException {
    byte[] whole = golden(name);
    for (int percent = 1; percent < 98; percent += 7) {
      byte[] cut = Arrays.copyOf(whole, Math.max(8, whole.length * percent / 100));
      assertRefused(file("cut.png", cut)).hasMessageContaining("cut.png: ");
    }
  }

  @Test
  void aPngThatLosesPictureDataBetweenWholeChunks() {
    byte[] header =
        new PngFixture()
            .header(300, 300, 8, PngFixture.RGB, false)
            .data(30, 300, 8, PngFixture.RGB, false, (y, x, c) -> x * y & 255)
            .end();
    assertRefused(header).hasMessageContaining("PNG");
  }

  @Test
  void aHugePngHeader() {
    byte[] bytes =
        new PngFixture()
            .header(60_000, 60_000, 8, PngFixture.RGB, false)
            .data(1, 1, 8, PngFixture.RGB, false, (y, x, c) -> 0)
            .end();
    Assertions.assertTimeout(
        Duration.ofMillis(500),
        () -> assertRefused(bytes).hasMessageContaining("60000 x 60000 pixels (width x height)"));
  }

  @Test
  void aPngOfNegativeOrNoSize() {
    for (int size : new int[] {0, -1, Integer.MIN_VALUE}) {
      byte[] bytes =
          new PngFixture()
              .header(size, 5, 8, PngFixture.RGB, false)
              .data(1, 1, 8, PngFixture.RGB, false, (y, x, c) -> 0)
              .end();
      assertRefused(bytes).hasMessageContaining("pixels");
    }
  }

  @Test
  void aHugeJpegHeader() {
    byte[] bytes = golden("jpg_rgb_500x375.jpg");
    int frame = JpegFixture.lastIndexOf(bytes, 0xc0);
    Arrays.fill(bytes, frame + 5, frame + 9, (byte) 0xff);
    assertRefused(bytes).hasMessageContaining("65535 x 65535 pixels");
  }

  @Test
  void moreBytesThanAllowed() throws IOException {
    byte[] bytes = golden("rgb_20x30.png");
    DecodeOptions tight = DecodeOptions.DEFAULT.withLimits(bytes.length - 1, 1000);
    String message = "%d bytes; at most %d are taken".formatted(bytes.length, bytes.length - 1);
    assertThatThrownBy(() -> ImageDecoder.decode(bytes, "upload", tight))
        .isInstanceOf(ImageException.class)
        .hasMessage("upload: " + message);
    Path file = file("large.png", bytes);
    assertThatThrownBy(() -> ImageDecoder.decode(file, tight))
        .isInstanceOf(ImageException.class)
        .hasMessageEndingWith(message);
  }

  @Test
  void morePixelsThanAllowed() {
    byte[] bytes = golden("rgb_20x30.png");
    DecodeOptions exact = DecodeOptions.DEFAULT.withLimits(bytes.length, 600);
    assertThat(ImageDecoder.decode(bytes, "upload", exact).height()).isEqualTo(30);
    assertThatThrownBy(
            () -> ImageDecoder.decode(bytes, "upload", exact.withLimits(bytes.length, 599)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("20 x 30 pixels");
  }

  @Test
  void limitsThatMakeNoSense() {
    assertThatThrownBy(() -> DecodeOptions.DEFAULT.withLimits(0, 1))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> DecodeOptions.DEFAULT.withLimits(1, Long.MAX_VALUE))
        .isInstanceOf(InvalidInputException.class);
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(Path file) {
    return assertThatThrownBy(() -> ImageDecoder.decode(file))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageNotContaining("\n");
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(byte[] bytes) {
    return assertThatThrownBy(() -> ImageDecoder.decode(bytes, "test", DecodeOptions.DEFAULT))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("test: ")
        .hasMessageNotContaining("\n");
  }
}
