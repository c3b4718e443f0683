package io.github.cvt4j.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Picture files to RGB pixels, equal to what Pillow's {@code convert("RGB")} makes of them.
 *
 * <p>JPEG (gray, colour, CMYK, progressive), PNG (every colour type and depth), BMP, GIF (first
 * frame) and WebP (still); what a file is, is told from its first bytes, never from its name.
 * Transparency is dropped, not composited; embedded colour profiles are not applied. Of 16 bits the
 * high byte is kept, also in gray PNGs, of which Pillow would show everything above 255 as white.
 * Lossy WebP is the exception to equality: the pure Java decoder skips libwebp's chroma smoothing
 * and its loop filter differs, by about three levels on average for photographs; lossless is exact.
 *
 * <p>Files come from strangers: sizes are checked before anything is allocated by them, a truncated
 * picture is refused rather than shown half gray, and whatever a decoder stumbles over comes out as
 * {@link ImageException}. Thread-safe; no display is needed and nothing is written to disk.
 */
public final class ImageDecoder {

  private ImageDecoder() {}

  /**
   * Decodes a file with {@link DecodeOptions#DEFAULT}.
   *
   * @throws ImageException if it is missing, too large, or not a picture
   */
  public static RgbImage decode(Path file) {
    return decode(file, DecodeOptions.DEFAULT);
  }

  /**
   * Decodes a file.
   *
   * @throws ImageException if it is missing, larger than the options allow, or not a picture
   */
  public static RgbImage decode(Path file, DecodeOptions options) {
    return decode(read(file, options), file.toString(), options);
  }

  /**
   * Decodes a file that is already in memory.
   *
   * @param bytes the whole file; not changed
   * @param name what messages call it
   * @throws ImageException if it is larger than the options allow, or not a picture
   */
  public static RgbImage decode(byte[] bytes, String name, DecodeOptions options) {
    Encoded in = new Encoded(bytes, name, options);
    if (bytes.length == 0) {
      throw in.fail("the file is empty");
    }
    checkLength(bytes.length, name, options);
    Decoded decoded = stored(in);
    return options.applyOrientation()
        ? decoded.orientation().apply(decoded.pixels())
        : decoded.pixels();
  }

  private static Decoded stored(Encoded in) {
    if (in.has(0, "\u00ff\u00d8\u00ff")) {
      return Jpeg.decode(in);
    }
    if (in.has(0, "\u0089PNG\r\n\u001a\n")) {
      return Png.decode(in);
    }
    if (in.has(0, "GIF87a") || in.has(0, "GIF89a")) {
      return Gif.decode(in);
    }
    if (in.has(0, "BM")) {
      return Bmp.decode(in);
    }
    if (in.has(0, "RIFF") && in.has(8, "WEBP")) {
      return WebP.decode(in);
    }
    throw in.fail("not a picture: expected JPEG, PNG, GIF, BMP or WebP");
  }

  private static byte[] read(Path file, DecodeOptions options) {
    if (Files.isDirectory(file)) {
      throw new ImageException(file + ": a folder; expected a picture file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      checkLength(Files.size(file), file.toString(), options);
      // The size may be a lie (a pipe, a growing file), so it only sets when to stop.
      return in.readNBytes((int) options.maxBytes() + 1);
    } catch (NoSuchFileException e) {
      throw new ImageException(file + ": no such file", e);
    } catch (IOException e) {
      throw new ImageException(file + ": cannot be read: " + e, e);
    }
  }

  private static void checkLength(long length, String name, DecodeOptions options) {
    if (length > options.maxBytes()) {
      throw new ImageException(
          "%s: %d bytes; at most %d are taken".formatted(name, length, options.maxBytes()));
    }
  }
}
