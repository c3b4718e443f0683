package io.github.cvt4j.train;

import io.github.cvt4j.data.Augment;
import io.github.cvt4j.data.Eraser;
import io.github.cvt4j.data.HorizontalFlip;
import io.github.cvt4j.data.Mixing;
import io.github.cvt4j.data.PadCrop;
import io.github.cvt4j.data.RandomCrop;
import io.github.cvt4j.data.RandomResizedCrop;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.data.Warp;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.SpecException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is done to training pictures, in this order.
 *
 * @param crop which part of the picture is seen
 * @param steps done to its pixels
 * @param erasers done to the normalised picture
 * @param mix done to a batch
 * @param repeats how often a picture comes in an epoch, 1 to 100; above 1, an epoch leaves others
 *     out
 */
public record Augmentation(
    Crop crop,
    List<Augment> steps,
    List<Eraser> erasers,
    Optional<Mixing.Options> mix,
    int repeats) {

  public Augmentation {
    steps = List.copyOf(steps);
    erasers = List.copyOf(erasers);
    if (repeats < 1 || repeats > 100) {
      throw new SpecException("repeats " + repeats + " of a picture: expected 1 to 100");
    }
  }

  /**
   * Nothing but a crop and a flip.
   *
   * @param flip how often pictures are mirrored, 0 to 1
   */
  public Augmentation(Crop crop, double flip) {
    this(crop, List.of(new HorizontalFlip(flip)), List.of(), Optional.empty(), 1);
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

    /** The step's own limits hold; asking it early names them before anything is read. */
    public Shifted {
      PadCrop unused = new PadCrop(padding);
    }

    @Override
    public Augment to(Size size) {
      return Augment.chain(List.of(new Warp(size, interpolation), new PadCrop(padding)));
    }
  }

  /**
   * The whole picture a little larger than the network's size, and a random part of that
   * (microsoft's fine-tuning).
   *
   * @param margin pixels that are cut off in each direction, 0 to 1024
   * @param interpolation the resize's kernel
   */
  public record Enlarged(int margin, Preprocess.Interpolation interpolation) implements Crop {

    public Enlarged {
      if (margin < 0 || margin > 1024) {
        throw new SpecException("crop margin " + margin + ": expected 0 to 1024");
      }
    }

    @Override
    public Augment to(Size size) {
      Size larger = new Size(size.height() + margin, size.width() + margin);
      return Augment.chain(List.of(new Warp(larger, interpolation), new RandomCrop(size)));
    }
  }

  /**
   * What a training picture goes through on its own.
   *
   * @param preprocess gives mean and standard deviation
   * @param size of the result
   */
  public Transform transform(Preprocess preprocess, Size size) {
    Preprocess sized =
        new Preprocess(
            size,
            preprocess.resize(),
            preprocess.cropRatio(),
            preprocess.interpolation(),
            preprocess.mean(),
            preprocess.std());
    return Transform.training(sized, to(size), erasers);
  }

  /**
   * What the pictures of a batch do to each other; empty if nothing.
   *
   * @param classes of the data
   * @param smoothing of the targets, in [0, 1); the loss must not smooth them again
   */
  public Optional<Mixing> mixing(int classes, double smoothing) {
    return mix.map(options -> new Mixing(options, classes, smoothing));
  }

  /** The steps on pixels, for pictures of the given size. */
  Augment to(Size size) {
    List<Augment> all = new ArrayList<>(List.of(crop.to(size)));
    all.addAll(steps);
    return Augment.chain(all);
  }
}
