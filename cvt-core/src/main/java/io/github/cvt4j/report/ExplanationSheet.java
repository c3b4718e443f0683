package io.github.cvt4j.report;

import io.github.cvt4j.explain.Explanation;
import io.github.cvt4j.explain.Method;
import io.github.cvt4j.explain.Overlay;
import io.github.cvt4j.explain.Question;
import io.github.cvt4j.image.Area;
import io.github.cvt4j.image.Box;
import io.github.cvt4j.image.Resample;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.infer.Prediction;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * What a look inside showed, on one sheet: the picture with the part that the network saw, the
 * likeliest classes, and every overlay with its caption; the heads of a block side by side.
 */
public final class ExplanationSheet {

  private static final int MARGIN = 24;
  private static final int GAP = 10;
  private static final int LINE = 20;
  private static final int HEADER = 220;
  private static final int LABEL = 76; // width of what stands left of a row
  private static final int LEAST_WIDTH = 760;
  private static final int MOST_WIDTH = 1500;
  private static final int LARGEST_TILE = 176;
  private static final int SMALLEST_TILE = 56;
  private static final int SHOWN = 5;

  private static final Color INK = new Color(0x1c, 0x1f, 0x26);
  private static final Color FAINT = new Color(0x66, 0x6c, 0x78);
  private static final Color BAR = new Color(0x1f, 0x5f, 0xa8);
  private static final Color TRACK = new Color(0xe7, 0xea, 0xf0);
  private static final Color FRAME = new Color(0xff, 0xb4, 0x42);

  private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  private static final Font SMALL = new Font(Font.SANS_SERIF, Font.PLAIN, 11);
  private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 15);

  /** Overlays side by side. */
  private record Row(String label, List<Overlay> overlays) {}

  private final String title;
  private final RgbImage picture;
  private final Explanation look;
  private final IntFunction<String> label;
  private final Map<Method, List<Row>> sections = new LinkedHashMap<>();
  private final RgbImage tile;
  private final int columns;

  private ExplanationSheet(
      String title, RgbImage picture, Explanation look, IntFunction<String> label) {
    this.title = title;
    this.picture = picture;
    this.look = look;
    this.label = label;
    look.overlays().forEach(this::place);
    columns =
        sections.values().stream()
            .flatMap(List::stream)
            .mapToInt(row -> row.overlays().size())
            .max()
            .orElse(1);
    int room = (MOST_WIDTH - 2 * MARGIN - LABEL) / columns - GAP;
    tile = view(look.seen(), Math.max(SMALLEST_TILE, Math.min(LARGEST_TILE, room)));
  }

  /**
   * Draws the sheet.
   *
   * @param title what the picture is called
   * @param label names a class
   * @return a PNG file
   * @throws IOException if this machine cannot draw, for want of fonts
   */
  public static byte[] png(
      String title, RgbImage picture, Explanation look, IntFunction<String> label)
      throws IOException {
    ExplanationSheet sheet = new ExplanationSheet(title, picture, look, label);
    return Drawing.png(sheet.width(), sheet.height(), sheet::draw);
  }

  /** Attention has a row for each block; another method has one in all. */
  private void place(Overlay overlay) {
    Question question = overlay.question();
    List<Row> rows = sections.computeIfAbsent(question.method(), method -> new ArrayList<>());
    String name =
        question.method() == Method.ATTENTION
            ? "stage %d, block %d"
                .formatted(question.stage().orElseThrow(), question.block().orElseThrow())
            : "";
    if (rows.isEmpty() || !rows.get(rows.size() - 1).label().equals(name)) {
      rows.add(new Row(name, new ArrayList<>()));
    }
    rows.get(rows.size() - 1).overlays().add(overlay);
  }

  /** A part of the picture with its longer side of so many pixels. */
  private RgbImage view(Area part, int side) {
    Box box = pixels(part);
    double scale = (double) side / Math.max(box.height(), box.width());
    return Resample.cropThenResize(
        picture,
        box,
        Math.max(1, (int) Math.round(scale * box.height())),
        Math.max(1, (int) Math.round(scale * box.width())),
        scale > 2 ? Interpolation.BILINEAR : Interpolation.BICUBIC);
  }

  private Box pixels(Area part) {
    int left = (int) Math.max(0, Math.floor(part.x()));
    int top = (int) Math.max(0, Math.floor(part.y()));
    int right = (int) Math.min(picture.width(), Math.ceil(part.x() + part.width()));
    int bottom = (int) Math.min(picture.height(), Math.ceil(part.y() + part.height()));
    return new Box(top, left, bottom - top, right - left);
  }

  private int width() {
    return Math.max(LEAST_WIDTH, 2 * MARGIN + LABEL + columns * (tile.width() + GAP) - GAP);
  }

  private int height() {
    int height = MARGIN + LINE + HEADER + GAP;
    for (List<Row> rows : sections.values()) {
      height += 3 * LINE + rows.size() * (tile.height() + LINE + GAP);
    }
    return height + MARGIN;
  }

  private void draw(Graphics2D graphics) {
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    write(graphics, TITLE, INK, title, MARGIN, MARGIN + 10);
    int y = MARGIN + LINE + GAP;
    int right = drawPicture(graphics, y);
    drawPredictions(graphics, right + 2 * GAP, y);
    y += HEADER;
    for (Map.Entry<Method, List<Row>> section : sections.entrySet()) {
      y += LINE + GAP;
      write(graphics, TITLE, INK, heading(section.getKey()), MARGIN, y);
      write(graphics, SMALL, FAINT, about(section.getKey()), MARGIN, y + 16);
      y += LINE + GAP;
      for (Row row : section.getValue()) {
        drawRow(graphics, row, y);
        y += tile.height() + LINE + GAP;
      }
    }
  }

  /** The whole picture; what the network did not see is paler. */
  private int drawPicture(Graphics2D graphics, int y) {
    double most = Math.max(picture.height() / (HEADER - 2.0 * GAP), picture.width() / 320.0);
    RgbImage small =
        Resample.resize(
            picture,
            Math.max(1, (int) (picture.height() / most)),
            Math.max(1, (int) (picture.width() / most)),
            most < 0.5 ? Interpolation.BILINEAR : Interpolation.BICUBIC);
    graphics.drawImage(image(small), MARGIN, y, null);
    Area seen = look.seen();
    int left = MARGIN + (int) Math.round(seen.x() / most);
    int top = y + (int) Math.round(seen.y() / most);
    int width = (int) Math.round(seen.width() / most);
    int height = (int) Math.round(seen.height() / most);
    graphics.setColor(new Color(255, 255, 255, 140));
    graphics.fillRect(MARGIN, y, left - MARGIN, small.height());
    graphics.fillRect(left + width, y, MARGIN + small.width() - left - width, small.height());
    graphics.fillRect(left, y, width, top - y);
    graphics.fillRect(left, top + height, width, y + small.height() - top - height);
    graphics.setColor(FRAME);
    graphics.setStroke(new BasicStroke(2));
    graphics.drawRect(left + 1, top + 1, width - 2, height - 2);
    return MARGIN + small.width();
  }

  private void drawPredictions(Graphics2D graphics, int x, int y) {
    int width = Math.min(360, width() - MARGIN - x);
    for (Prediction prediction : look.predictions().stream().limit(SHOWN).toList()) {
      String percent = String.format(Locale.ROOT, "%.1f %%", 100 * prediction.probability());
      graphics.setFont(TEXT);
      int taken = graphics.getFontMetrics().stringWidth(percent);
      write(graphics, TEXT, INK, cut(graphics, prediction.label(), width - taken - GAP), x, y + 12);
      write(graphics, TEXT, FAINT, percent, x + width - taken, y + 12);
      graphics.setColor(TRACK);
      graphics.fillRoundRect(x, y + 18, width, 6, 6, 6);
      graphics.setColor(BAR);
      graphics.fillRoundRect(
          x, y + 18, (int) Math.max(2, width * prediction.probability()), 6, 6, 6);
      y += 2 * LINE;
    }
  }

  private void drawRow(Graphics2D graphics, Row row, int y) {
    if (!row.label().isEmpty()) {
      String[] words = row.label().split(", ", 2);
      write(graphics, SMALL, INK, words[0], MARGIN, y + tile.height() / 2 - 3);
      write(graphics, SMALL, INK, words[1], MARGIN, y + tile.height() / 2 + 12);
    }
    int x = MARGIN + LABEL;
    for (Overlay overlay : row.overlays()) {
      graphics.drawImage(image(HeatColours.over(tile, look.seen(), overlay)), x, y, null);
      graphics.setFont(SMALL);
      String caption = cut(graphics, caption(overlay.question()), tile.width() + GAP - 2);
      write(graphics, SMALL, FAINT, caption, x, y + tile.height() + 13);
      x += tile.width() + GAP;
    }
  }

  private String heading(Method method) {
    return switch (method) {
      case ATTENTION -> "Attention";
      case ROLLOUT -> "Attention rollout";
      case GRADCAM ->
          "Grad-CAM for "
              + label.apply(
                  sections
                      .get(method)
                      .get(0)
                      .overlays()
                      .get(0)
                      .question()
                      .classIndex()
                      .orElseThrow());
      case COMPONENTS -> "Principal components";
    };
  }

  private static String about(Method method) {
    return switch (method) {
      case ATTENTION -> "what the class token (without one: the mean token) reads, by head";
      case ROLLOUT -> "attention followed back through all blocks to the tokens that enter a stage";
      case GRADCAM -> "where the tokens that leave a block speak for the class";
      case COMPONENTS -> "what tokens differ in most: equal colours are alike to the network";
    };
  }

  private static String caption(Question question) {
    return switch (question.method()) {
      case ATTENTION ->
          question.head().isPresent() ? "head " + question.head().getAsInt() : "mean of heads";
      case ROLLOUT -> "to stage " + question.stage().orElseThrow();
      case GRADCAM, COMPONENTS ->
          "stage %d, block %d"
              .formatted(question.stage().orElseThrow(), question.block().orElseThrow());
    };
  }

  private static void write(
      Graphics2D graphics, Font font, Color colour, String text, int x, int y) {
    graphics.setFont(font);
    graphics.setColor(colour);
    graphics.drawString(text, x, y);
  }

  /** As much of a text as fits. */
  private static String cut(Graphics2D graphics, String text, int width) {
    FontMetrics metrics = graphics.getFontMetrics();
    if (metrics.stringWidth(text) <= width) {
      return text;
    }
    int length = text.length();
    while (length > 1 && metrics.stringWidth(text.substring(0, length) + "…") > width) {
      length--;
    }
    return text.substring(0, length) + "…";
  }

  private static BufferedImage image(RgbImage rgb) {
    BufferedImage image = new BufferedImage(rgb.width(), rgb.height(), BufferedImage.TYPE_INT_RGB);
    int[] packed = new int[rgb.width() * rgb.height()];
    byte[] pixels = rgb.pixels();
    for (int i = 0; i < packed.length; i++) {
      packed[i] =
          (pixels[3 * i] & 0xff) << 16
              | (pixels[3 * i + 1] & 0xff) << 8
              | (pixels[3 * i + 2] & 0xff);
    }
    image.setRGB(0, 0, rgb.width(), rgb.height(), packed, 0, rgb.width());
    return image;
  }
}
