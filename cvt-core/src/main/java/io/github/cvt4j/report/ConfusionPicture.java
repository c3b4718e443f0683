package io.github.cvt4j.report;

import io.github.cvt4j.image.RgbImage;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;

/** The confusion matrix with its names and counts, as a picture. */
final class ConfusionPicture {

  private static final int CELL = 44;
  private static final int MARGIN = 16;
  private static final int MOST_NAME = 220; // pixels

  private ConfusionPicture() {}

  /**
   * The picture as a PNG file; of few enough classes that names are readable.
   *
   * @throws IOException if this machine cannot draw, for want of fonts
   */
  static byte[] png(Findings findings) throws IOException {
    int[] widest = {0};
    Drawing.png(1, 1, graphics -> widest[0] = widest(graphics, findings)); // only to measure
    int names = widest[0];
    int side = findings.classes().size() * CELL;
    int left = MARGIN + names + 8;
    return Drawing.png(
        left + side + MARGIN,
        MARGIN + side + names + 8 + MARGIN,
        graphics -> draw(graphics, findings, left));
  }

  private static Font font() {
    return new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  }

  private static int widest(Graphics2D graphics, Findings findings) {
    FontMetrics metrics = graphics.getFontMetrics(font());
    return findings.classes().stream()
        .mapToInt(name -> metrics.stringWidth(shortened(name, metrics)))
        .max()
        .orElse(0);
  }

  private static String shortened(String name, FontMetrics metrics) {
    String text = name;
    while (metrics.stringWidth(text) > MOST_NAME) {
      text = text.substring(0, text.length() - 2) + "…";
    }
    return text;
  }

  private static void draw(Graphics2D graphics, Findings findings, int left) {
    int size = findings.classes().size();
    graphics.drawImage(image(HeatMap.of(findings, CELL)), left, MARGIN, null);
    graphics.setFont(font());
    FontMetrics metrics = graphics.getFontMetrics();
    int baseline = (CELL + metrics.getAscent() - metrics.getDescent()) / 2;
    for (Findings.Answer answer : findings.answers()) {
      boolean dark = findings.share(answer) > 0.3;
      graphics.setColor(dark ? Color.WHITE : Color.BLACK);
      String count = Long.toString(answer.count());
      graphics.drawString(
          count,
          left + answer.predicted() * CELL + (CELL - metrics.stringWidth(count)) / 2,
          MARGIN + answer.label() * CELL + baseline);
    }
    graphics.setColor(Color.BLACK);
    for (int k = 0; k < size; k++) {
      String name = shortened(findings.classes().get(k), metrics);
      int width = metrics.stringWidth(name);
      graphics.drawString(name, left - 8 - width, MARGIN + k * CELL + baseline);
      Graphics2D upright = (Graphics2D) graphics.create();
      upright.translate(left + k * CELL + baseline, MARGIN + size * CELL + 8 + width);
      upright.rotate(-Math.PI / 2);
      upright.drawString(name, 0, 0);
      upright.dispose();
    }
  }

  private static BufferedImage image(RgbImage pixels) {
    BufferedImage image =
        new BufferedImage(pixels.width(), pixels.height(), BufferedImage.TYPE_3BYTE_BGR);
    image.getRaster().setDataElements(0, 0, pixels.width(), pixels.height(), pixels.pixels());
    return image;
  }
}
