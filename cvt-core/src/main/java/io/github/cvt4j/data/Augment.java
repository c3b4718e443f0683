package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A step that changes a training picture. Stateless: what is random comes from the generator alone,
 * of which every sample of every epoch has its own. Safe to use from several threads; never writes
 * to the picture that it is given.
 */
@FunctionalInterface
public interface Augment {

  /** The changed picture; may be the same object if nothing changed. */
  RgbImage apply(RgbImage image, RandomGenerator random);

  /** The steps one after the other, drawing from one generator. */
  static Augment chain(List<Augment> steps) {
    List<Augment> copy = List.copyOf(steps);
    return (image, random) -> {
      RgbImage result = image;
      for (Augment step : copy) {
        result = step.apply(result, random);
      }
      return result;
    };
  }
}
