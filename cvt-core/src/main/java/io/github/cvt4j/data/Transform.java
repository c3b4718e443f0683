package io.github.cvt4j.data;

import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import java.nio.FloatBuffer;
import java.util.random.RandomGenerator;

/**
 * How a decoded picture becomes network input: a step on pixels, then normalisation. Immutable;
 * safe to use from several threads.
 */
public final class Transform {

  private final Preprocessor preprocessor;
  private final Augment augment;

  private Transform(Preprocessor preprocessor, Augment augment) {
    this.preprocessor = preprocessor;
    this.augment = augment;
  }

  /** What the network sees when it is evaluated or used; draws nothing. */
  public static Transform evaluation(Preprocess preprocess) {
    Preprocessor preprocessor = new Preprocessor(preprocess);
    return new Transform(preprocessor, (image, random) -> preprocessor.view(image));
  }

  /**
   * What the network sees when it learns.
   *
   * @param preprocess gives size, mean and standard deviation
   * @param augment must end in pictures of that size
   */
  public static Transform training(Preprocess preprocess, Augment augment) {
    return new Transform(new Preprocessor(preprocess), augment);
  }

  /** Height and width of the result. */
  public Size size() {
    return preprocessor.spec().size();
  }

  /** Floats that one picture becomes: 3 * H * W. */
  public int floats() {
    return preprocessor.elements();
  }

  /**
   * Transforms one picture.
   *
   * @param out takes [3, H, W] floats from {@code offset} on; its position stays
   * @throws DataException if the augmentation ends in another size
   */
  void apply(RgbImage image, RandomGenerator random, FloatBuffer out, int offset) {
    RgbImage view = augment.apply(image, random);
    if (view.height() != size().height() || view.width() != size().width()) {
      throw new DataException(
          "%dx%d after augmentation, but the network takes %s; a resize is missing"
              .formatted(view.height(), view.width(), size()));
    }
    preprocessor.normalize(view, out.slice(offset, floats()));
  }
}
