package io.github.cvt4j.data;

import io.github.cvt4j.image.Box;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Replaces rectangles by noise (Zhong et al. 2017), as timm 0.3.2's random_erasing.py does:
 * rectangles of 2 to 33 % of the area, together if there are several, and of 0.3 to 3.3 times as
 * high as wide.
 *
 * @param probability of erasing in a picture, 0 to 1
 * @param mode what takes the pixels' place
 * @param most rectangles in a picture: 1 to so many, drawn evenly
 * @param split whether the first half of each batch stays clean
 */
public record RandomErasing(double probability, Mode mode, int most, boolean split)
    implements Eraser {

  /** What takes the pixels' place. */
  public enum Mode {
    /** Zero, which is the mean colour. */
    CONST,
    /** One normally distributed colour for a rectangle. */
    RAND,
    /** A normally distributed value for each pixel and channel. */
    PIXEL
  }

  private static final double MIN_AREA = 0.02;
  private static final double MAX_AREA = 1.0 / 3;
  private static final double MIN_LOG_RATIO = Math.log(0.3);
  private static final double MAX_LOG_RATIO = Math.log(1 / 0.3);

  /** Rectangles that do not fit are drawn again this often. */
  private static final int TRIES = 10;

  public RandomErasing {
    if (!(probability >= 0 && probability <= 1)) {
      throw new SpecException("erasing probability " + probability + ": expected 0 to 1");
    }
    if (most < 1 || most > 100) {
      throw new SpecException("erasing count " + most + ": expected 1 to 100");
    }
  }

  @Override
  public boolean sparesFirstHalf() {
    return split;
  }

  @Override
  public void apply(FloatBuffer picture, Size size, RandomGenerator random) {
    if (random.nextDouble() >= probability) {
      return;
    }
    int count = 1 + random.nextInt(most);
    for (int i = 0; i < count; i++) {
      for (int attempt = 0; attempt < TRIES; attempt++) {
        double fraction = between(random, MIN_AREA, MAX_AREA) / count;
        double ratio = Math.exp(between(random, MIN_LOG_RATIO, MAX_LOG_RATIO));
        Size patch = patch(size, fraction, ratio);
        if (patch != null) {
          int top = random.nextInt(size.height() - patch.height() + 1);
          int left = random.nextInt(size.width() - patch.width() + 1);
          erase(picture, size, new Box(top, left, patch.height(), patch.width()), random);
          break;
        }
      }
    }
  }

  /**
   * A rectangle of a part of the picture's area.
   *
   * @param ratio height over width
   * @return null if it does not leave a row and a column, or has none
   */
  static Size patch(Size size, double fraction, double ratio) {
    double area = fraction * (size.height() * size.width());
    int height = (int) Math.rint(Math.sqrt(area * ratio));
    int width = (int) Math.rint(Math.sqrt(area / ratio));
    boolean fits = height < size.height() && width < size.width();
    return fits && height > 0 && width > 0 ? new Size(height, width) : null;
  }

  private void erase(FloatBuffer picture, Size size, Box box, RandomGenerator random) {
    float[] row = new float[box.width()];
    for (int channel = 0; channel < 3; channel++) {
      if (mode == Mode.RAND) {
        Arrays.fill(row, (float) random.nextGaussian());
      }
      for (int y = box.top(); y < box.top() + box.height(); y++) {
        if (mode == Mode.PIXEL) {
          for (int x = 0; x < row.length; x++) {
            row[x] = (float) random.nextGaussian();
          }
        }
        picture.put((channel * size.height() + y) * size.width() + box.left(), row);
      }
    }
  }

  private static double between(RandomGenerator random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }
}
