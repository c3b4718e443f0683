package io.github.cvt4j.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PackedColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/**
 * Between ImageIO's rasters and {@link RgbImage}. Samples are taken as they are stored: {@code
 * BufferedImage.getRGB} would bend gray pictures by a gamma curve.
 */
final class Samples {

  private static final int[] RGB = {0, 1, 2};

  private Samples() {}

  /** A black image. */
  static RgbImage blank(int height, int width) {
    return new RgbImage(height, width, new byte[Math.multiplyExact(height * 3, width)]);
  }

  /** A BufferedImage over the same bytes. */
  static BufferedImage view(RgbImage image) {
    int width = image.width();
    WritableRaster raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(image.pixels(), image.pixels().length),
            width,
            image.height(),
            width * 3,
            3,
            RGB,
            null);
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            false,
            false,
            ColorModel.OPAQUE,
            DataBuffer.TYPE_BYTE);
    return new BufferedImage(model, raster, false, null);
  }

  /**
   * RGB as Pillow's {@code convert("RGB")} gives it: alpha is dropped, not composited; gray is
   * repeated; of 16-bit samples the high byte is kept.
   */
  static RgbImage toRgb(BufferedImage image) {
    ColorModel model = image.getColorModel();
    Raster raster = image.getRaster();
    if (model instanceof IndexColorModel palette) {
      return looked(raster, palette(palette));
    }
    if (model instanceof PackedColorModel packed) {
      int[] scale = new int[3];
      for (int c = 0; c < 3; c++) {
        scale[c] = (1 << packed.getComponentSize(c)) - 1;
      }
      return each(raster, (in, i, c) -> in[i + c] * 255 / scale[c]);
    }
    int shift = model.getComponentSize(0) - 8;
    if (shift != 0 && shift != 8) {
      throw new IllegalArgumentException(model.getComponentSize(0) + " bits a sample");
    }
    boolean gray = raster.getNumBands() < 3;
    return each(raster, (in, i, c) -> in[gray ? i : i + c] >> shift);
  }

  /** Colours of a palette as 0xRRGGBB, 256 of them; entries that a file leaves out are gray. */
  static int[] palette(IndexColorModel model) {
    int[] colours = new int[256];
    for (int i = 0; i < colours.length; i++) {
      colours[i] = i < model.getMapSize() ? model.getRGB(i) & 0xffffff : i * 0x010101;
    }
    return colours;
  }

  private static RgbImage looked(Raster raster, int[] palette) {
    return each(raster, (in, i, c) -> (palette[in[i]] >> (16 - 8 * c)) & 0xff);
  }

  /** One channel of one pixel out of a row of samples. */
  interface Channel {
    int of(int[] samples, int at, int channel);
  }

  /** An image made channel by channel from a raster. */
  static RgbImage each(Raster raster, Channel channel) {
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    RgbImage out = blank(raster.getHeight(), width);
    int[] row = new int[width * bands];
    int o = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int i = 0; i < row.length; i += bands) {
        for (int c = 0; c < 3; c++) {
          out.pixels()[o++] = (byte) channel.of(row, i, c);
        }
      }
    }
    return out;
  }
}
