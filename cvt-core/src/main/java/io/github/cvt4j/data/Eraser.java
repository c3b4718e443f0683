package io.github.cvt4j.data;

import io.github.cvt4j.spec.Size;
import java.nio.FloatBuffer;
import java.util.random.RandomGenerator;

/**
 * A step that blots out parts of a training picture after it was normalised. Stateless, as an
 * {@link Augment} is.
 */
public sealed interface Eraser permits Cutout, RandomErasing {

  /**
   * Writes to the picture.
   *
   * @param picture [3, H, W] from index 0 on; its position stays
   * @param size height and width
   * @param random what is drawn comes from it alone
   */
  void apply(FloatBuffer picture, Size size, RandomGenerator random);

  /** Whether the pictures in the first half of a batch stay as they are. */
  default boolean sparesFirstHalf() {
    return false;
  }
}
