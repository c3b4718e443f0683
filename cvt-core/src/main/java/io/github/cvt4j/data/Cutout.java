package io.github.cvt4j.data;

import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.nio.FloatBuffer;
import java.util.random.RandomGenerator;

/**
 * Puts a square of the mean colour (zero, after normalisation) over every picture (DeVries and
 * Taylor 2017). Its middle is anywhere in the picture, so that a part may lie outside.
 *
 * @param side of the square in pixels, 1 to 16384
 */
public record Cutout(int side) implements Eraser {

  public Cutout {
    if (side < 1 || side > 16_384) {
      throw new SpecException("cutout of " + side + " pixels: expected 1 to 16384");
    }
  }

  @Override
  public void apply(FloatBuffer picture, Size size, RandomGenerator random) {
    int top = random.nextInt(size.height()) - side / 2;
    int left = random.nextInt(size.width()) - side / 2;
    int first = Math.max(0, left);
    float[] zeros = new float[Math.min(size.width(), left + side) - first];
    for (int channel = 0; channel < 3; channel++) {
      for (int y = Math.max(0, top); y < Math.min(size.height(), top + side); y++) {
        picture.put((channel * size.height() + y) * size.width() + first, zeros);
      }
    }
  }
}
