package io.github.cvt4j.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriter;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.spi.ImageReaderWriterSpi;
import javax.imageio.spi.ImageWriterSpi;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * An ImageIO codec chosen by its class. ImageIO would take whichever plug-in registered last, which
 * changes with the class path and with how a jar was packed, and with it the pixels.
 *
 * <p>Everything stays in memory: ImageIO's disk cache is never involved. Thread-safe: each read has
 * a reader of its own.
 */
final class Codec {

  static final Codec JPEG = new Codec("JPEG", jdk(ImageReaderSpi.class, "jpeg"));
  static final Codec PNG = new Codec("PNG", jdk(ImageReaderSpi.class, "png"));
  static final Codec GIF = new Codec("GIF", jdk(ImageReaderSpi.class, "gif"));
  static final Codec BMP = new Codec("BMP", jdk(ImageReaderSpi.class, "bmp"));
  static final Codec WEBP = new Codec("WebP", new WebPImageReaderSpi());

  /** What is read out of a file whose header is known and was found small enough. */
  interface Reading<T> {
    T read(ImageReader reader) throws IOException;
  }

  /** What came out, and what the decoder was unhappy with. */
  record Result<T>(T value, List<String> warnings) {}

  private final String format;
  private final ImageReaderSpi spi;

  private Codec(String format, ImageReaderSpi spi) {
    this.format = format;
    this.spi = spi;
  }

  /** A new writer; the caller disposes of it. */
  static ImageWriter pngWriter() throws IOException {
    return jdk(ImageWriterSpi.class, "png").createWriterInstance();
  }

  private static <S extends ImageReaderWriterSpi> S jdk(Class<S> kind, String format) {
    Iterator<S> providers = IIORegistry.getDefaultInstance().getServiceProviders(kind, false);
    while (providers.hasNext()) {
      S provider = providers.next();
      if (provider.getClass().getName().startsWith("com.sun.imageio.plugins.")
          && Arrays.asList(provider.getFormatNames()).contains(format)) {
        return provider;
      }
    }
    throw new IllegalStateException("this JDK has no codec for " + format + " in java.desktop");
  }

  /** The first picture as the reader likes to give it. */
  BufferedImage image(Encoded in, byte[] stream) {
    return run(in, stream, reader -> reader.read(0)).value();
  }

  /** The first picture's samples without any conversion of colours. */
  Result<Raster> samples(Encoded in, byte[] stream) {
    return run(in, stream, reader -> reader.readRaster(0, null));
  }

  /** The first picture, an RGB one, straight into the bytes of an image. */
  Result<RgbImage> rgb(Encoded in, byte[] stream) {
    return run(
        in,
        stream,
        reader -> {
          RgbImage out = Samples.blank(reader.getHeight(0), reader.getWidth(0));
          ImageReadParam param = reader.getDefaultReadParam();
          param.setDestination(Samples.view(out));
          reader.read(0, param);
          return out;
        });
  }

  private <T> Result<T> run(Encoded in, byte[] stream, Reading<T> reading) {
    List<String> warnings = new ArrayList<>();
    ImageReader reader = null;
    try (var input = new MemoryCacheImageInputStream(new ByteArrayInputStream(stream))) {
      reader = spi.createReaderInstance();
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      reader.setInput(input, true, true);
      // Again, because what counts is what this reader is going to allocate.
      in.checkSize(reader.getWidth(0), reader.getHeight(0));
      return new Result<>(reading.read(reader), warnings);
    } catch (ImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Readers leave malformed files to array bounds and the like.
      throw new ImageException(
          "%s: damaged or unsupported %s: %s".formatted(in.name(), format, reason(e)), e);
    } finally {
      if (reader != null) {
        reader.dispose();
      }
    }
  }

  /** What was noticed first, in one line. */
  private static String reason(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage() == null ? "" : root.getMessage().strip();
    return message.isEmpty()
        ? root.getClass().getSimpleName()
        : message.lines().findFirst().orElseThrow();
  }
}
