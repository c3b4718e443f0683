package io.github.cvt4j.image;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Saves pixels as PNG. */
public final class PngWriter {

  private PngWriter() {}

  /**
   * Writes a temporary file in the same folder and moves it into place, so that no half-written
   * picture is ever seen; an existing file is replaced.
   *
   * @throws ImageException if the file cannot be written
   */
  public static void write(RgbImage image, Path file) {
    Path target = file.toAbsolutePath();
    Path temporary =
        target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (OutputStream out = Files.newOutputStream(temporary)) {
        encode(image, out);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new ImageException(file + ": cannot be written: " + e, e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  private static void encode(RgbImage image, OutputStream out) throws IOException {
    ImageWriter writer = Codec.pngWriter();
    try (var stream = new MemoryCacheImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(new IIOImage(Samples.view(image), null, null));
    } finally {
      writer.dispose();
    }
  }

  private static void deleteQuietly(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // What failed before it is what the caller needs to hear.
    }
  }
}
