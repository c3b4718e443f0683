package io.github.cvt4j.report;

import io.github.cvt4j.image.RgbImage;
import java.util.Arrays;

/** The confusion matrix as a picture without words: the darker a cell, the larger its share. */
final class HeatMap {

  /** Beyond, a class would have less than a pixel on most screens. */
  static final int MOST_CLASSES = 2000;

  /** Blue for right answers, orange for wrong ones: apart for all kinds of colour vision. */
  private static final int[] RIGHT = {0x1f, 0x5f, 0xa8};

  private static final int[] WRONG = {0xc7, 0x5b, 0x12};

  private static final int SIDE = 600;

  private HeatMap() {}

  /** Pixels of a cell with which the picture has a handy size. */
  static int cell(int classes) {
    return Math.max(1, SIDE / classes);
  }

  /**
   * @param cell height and width of a cell in pixels
   */
  static RgbImage of(Findings findings, int cell) {
    int size = findings.classes().size();
    int side = size * cell;
    byte[] pixels = new byte[3 * side * side];
    Arrays.fill(pixels, (byte) 255);
    for (Findings.Answer answer : findings.answers()) {
      int[] colour = colour(answer, findings.share(answer));
      for (int y = answer.label() * cell; y < (answer.label() + 1) * cell; y++) {
        for (int x = answer.predicted() * cell; x < (answer.predicted() + 1) * cell; x++) {
          for (int c = 0; c < 3; c++) {
            pixels[3 * (y * side + x) + c] = (byte) colour[c];
          }
        }
      }
    }
    return new RgbImage(side, side, pixels);
  }

  /** Between white and full by the root of the share, which keeps rare mistakes visible. */
  private static int[] colour(Findings.Answer answer, double share) {
    int[] full = answer.label() == answer.predicted() ? RIGHT : WRONG;
    return Arrays.stream(full).map(c -> (int) (255 + (c - 255) * Math.sqrt(share))).toArray();
  }
}
