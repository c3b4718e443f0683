package io.github.cvt4j.train;

import io.github.cvt4j.data.Augment;
import io.github.cvt4j.data.HorizontalFlip;
import io.github.cvt4j.data.PadCrop;
import io.github.cvt4j.data.RandomResizedCrop;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.data.Warp;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.util.List;

/**
 * What is done to training pictures.
 *
 * @param crop which part of the picture is seen
 * @param flip how often pictures are mirrored, 0 to 1
 */
public record Augmentation(Crop crop, double flip) {

  public Augmentation {
    if (!(flip >= 0 && flip <= 1)) {
      throw new SpecException("flip probability " + flip + ": expected 0 to 1");
    }
  }

  /** How a part of the picture is chosen. */
  public sealed interface Crop {

    /** The step that ends in pictures of the given size. */
    Augment to(Size size);
  }

  /**
   * A rectangle of random area and proportions, resized (ImageNet's usual).
   *
   * @param scale the rectangle's area over the picture's
   * @param ratio the rectangle's width over its height
   * @param interpolation the resize's kernel
   */
  public record Resized(
      RandomResizedCrop.Range scale,
      RandomResizedCrop.Range ratio,
      Preprocess.Interpolation interpolation)
      implements Crop {

    @Override
    public Augment to(Size size) {
      return new RandomResizedCrop(size, scale, ratio, interpolation);
    }
  }

  /**
   * The whole picture in the network's size, shifted (CIFAR's usual).
   *
   * @param padding greatest shift in pixels
   * @param interpolation the resize's kernel, where the picture has another size
   */
  public record Shifted(int padding, Preprocess.Interpolation interpolation) implements Crop {

    @Override
    public Augment to(Size size) {
      return Augment.chain(List.of(new Warp(size, interpolation), new PadCrop(padding)));
    }
  }

  /** What becomes of a training picture on its way to a network that takes the given size. */
  public Transform transform(Preprocess preprocess, Size size) {
    return Transform.training(preprocess, to(size));
  }

  /** All steps, for pictures of the given size. */
  Augment to(Size size) {
    return Augment.chain(List.of(crop.to(size), new HorizontalFlip(flip)));
  }
}
