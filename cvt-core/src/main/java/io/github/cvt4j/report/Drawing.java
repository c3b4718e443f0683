package io.github.cvt4j.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;

/** Pictures with words in them, which take fonts that not every machine has. */
final class Drawing {

  private Drawing() {}

  /** What is drawn. */
  interface Content {
    void on(Graphics2D graphics);
  }

  /**
   * A picture on white as a PNG file.
   *
   * @throws IOException if this machine cannot draw, for want of fonts
   */
  static byte[] png(int width, int height, Content content) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    try {
      Graphics2D graphics = image.createGraphics();
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, width, height);
      content.on(graphics);
      graphics.dispose();
    } catch (RuntimeException | InternalError | LinkageError e) { // what AWT throws without fonts
      throw new IOException("this machine cannot draw: " + e, e);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }
}
