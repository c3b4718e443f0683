package io.github.cvt4j.image;

import static io.github.cvt4j.image.GoldenImages.assertEqual;
import static io.github.cvt4j.image.ResampleTest.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PngWriterTest {

  @TempDir Path folder;

  @Test
  void whatIsWrittenIsReadBackAndReplacesWhatWasThere() throws IOException {
    Path file = folder.resolve("out.png");
    for (RgbImage image : new RgbImage[] {noise(1, 1), noise(37, 53)}) {
      PngWriter.write(image, file);
      assertEqual(ImageDecoder.decode(file), image, "PNG");
    }
    assertOnly(file);
  }

  @Test
  void aMissingFolderIsAClearErrorThatLeavesNothing() throws IOException {
    Path file = folder.resolve("nowhere/out.png");
    assertThatThrownBy(() -> PngWriter.write(noise(2, 2), file))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith(file + ": cannot be written");
    assertOnly();
  }

  @Test
  void aFolderInTheWayIsAClearErrorThatLeavesNothing() throws IOException {
    Path file = Files.createDirectories(folder.resolve("out.png/inside")).getParent();
    assertThatThrownBy(() -> PngWriter.write(noise(2, 2), file))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith(file + ": cannot be written");
    assertOnly(file);
  }

  private void assertOnly(Path... expected) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(expected);
    }
  }
}
