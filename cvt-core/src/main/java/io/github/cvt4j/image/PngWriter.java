package io.github.cvt4j.image;

import io.github.cvt4j.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
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
    try {
      AtomicFile.write(file, out -> encode(image, Channels.newOutputStream(out)));
    } catch (IOException e) {
      throw new ImageException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  /** The same in memory. */
  public static byte[] bytes(RgbImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      encode(image, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory has no reason to
    }
    return bytes.toByteArray();
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
}
