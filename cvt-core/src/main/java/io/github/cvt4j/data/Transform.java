package io.github.cvt4j.data;

import io.github.cvt4j.image.Preprocessor;
import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * How a decoded picture becomes network input: a step on pixels, then normalisation, then steps
 * that blot parts out. Immutable; safe to use from several threads.
 */
public final class Transform {

  private final Preprocessor preprocessor;
  private final Augment augment;
  private final List<Eraser> erasers;

  private Transform(Preprocessor preprocessor, Augment augment, List<Eraser> erasers) {
    this.preprocessor = preprocessor;
    this.augment = augment;
    this.erasers = List.copyOf(erasers);
  }

  /** What the network sees when it is evaluated or used; draws nothing. */
  public static Transform evaluation(Preprocess preprocess) {
    Preprocessor preprocessor = new Preprocessor(preprocess);
    return new Transform(preprocessor, (image, random) -> preprocessor.view(image), List.of());
  }

  /**
   * What the network sees when it learns.
   *
   * @param preprocess gives size, mean and standard deviation
   * @param augment must end in pictures of that size
   */
  public static Transform training(Preprocess preprocess, Augment augment) {
    return training(preprocess, augment, List.of());
  }

  /**
   * The same with steps after normalisation.
   *
   * @param erasers one after the other
   */
  public static Transform training(Preprocess preprocess, Augment augment, List<Eraser> erasers) {
    return new Transform(new Preprocessor(preprocess), augment, erasers);
  }

  /** What normalises the pixels. */
  Preprocess preprocess() {
    return preprocessor.spec();
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
   * @param firstHalf whether the picture is in the first half of its batch
   * @throws DataException if the augmentation ends in another size
   */
  void apply(
      RgbImage image, RandomGenerator random, FloatBuffer out, int offset, boolean firstHalf) {
    RgbImage view = augment.apply(image, random);
    if (view.height() != size().height() || view.width() != size().width()) {
      throw new DataException(
          "%dx%d after augmentation, but the network takes %s; a resize is missing"
              .formatted(view.height(), view.width(), size()));
    }
    FloatBuffer picture = out.slice(offset, floats());
    preprocessor.normalize(view, picture);
    for (Eraser eraser : erasers) {
      if (!(firstHalf && eraser.sparesFirstHalf())) {
        eraser.apply(picture, size(), random);
      }
    }
  }
}
