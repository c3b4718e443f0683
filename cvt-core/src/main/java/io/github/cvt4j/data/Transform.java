package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import java.nio.FloatBuffer;
import java.util.random.RandomGenerator;

/**
 * How a decoded picture becomes network input: a step on pixels, then each channel scaled to [0,
 * 1], shifted by the mean and divided by the standard deviation. Immutable; safe to use from
 * several threads.
 */
public final class Transform {

  private final Size size;
  private final Augment augment;
  private final float[][] table;

  private Transform(Preprocess preprocess, Augment augment) {
    this.size = preprocess.size();
    this.augment = augment;
    this.table = new float[3][256];
    for (int c = 0; c < 3; c++) {
      float mean = preprocess.mean().get(c).floatValue();
      float std = preprocess.std().get(c).floatValue();
      for (int value = 0; value < 256; value++) {
        // In single precision and this order, as torchvision does.
        table[c][value] = (value / 255f - mean) / std;
      }
    }
  }

  /** What the network sees when it is evaluated or used; draws nothing. */
  public static Transform evaluation(Preprocess preprocess) {
    return new Transform(preprocess, new Warp(preprocess.size(), preprocess.interpolation()));
  }

  /**
   * What the network sees when it learns.
   *
   * @param preprocess gives size, mean and standard deviation
   * @param augment must end in pictures of that size
   */
  public static Transform training(Preprocess preprocess, Augment augment) {
    return new Transform(preprocess, augment);
  }

  /** Height and width of the result. */
  public Size size() {
    return size;
  }

  /** Floats of one picture, 3 * H * W. */
  public int floats() {
    return 3 * size.height() * size.width();
  }

  /**
   * Transforms one picture.
   *
   * @param out takes [3, H, W] floats from {@code offset} on; its position stays
   * @throws DataException if the augmentation ends in another size
   */
  public void apply(RgbImage image, RandomGenerator random, FloatBuffer out, int offset) {
    RgbImage result = augment.apply(image, random);
    if (result.height() != size.height() || result.width() != size.width()) {
      throw new DataException(
          "%dx%d after augmentation, but the network takes %s; a resize is missing"
              .formatted(result.height(), result.width(), size));
    }
    byte[] pixels = result.pixels();
    int plane = pixels.length / 3;
    for (int c = 0; c < 3; c++) {
      float[] values = table[c];
      int to = offset + c * plane;
      for (int from = c; from < pixels.length; from += 3) {
        out.put(to++, values[pixels[from] & 0xff]);
      }
    }
  }
}
