package io.github.cvt4j.spec;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How a picture becomes the network's input when it is evaluated.
 *
 * @param size what the network sees
 * @param resize how the picture is brought to that size
 * @param cropRatio for {@link Resize#CROP}, the crop's side over the resized short side, in (0, 1]
 * @param interpolation the resize's kernel
 * @param mean subtracted from each channel of the picture scaled to [0, 1]
 * @param std each channel is divided by it afterwards
 */
public record Preprocess(
    Size size,
    Resize resize,
    double cropRatio,
    Interpolation interpolation,
    List<Double> mean,
    List<Double> std) {

  /** How a picture is brought to the network's size. */
  public enum Resize {
    /** Short side resized to size / crop ratio, then the centre cut out; keeps proportions. */
    CROP,
    /** The whole picture resized to the size, whatever its proportions. */
    WARP
  }

  /** The kernels that Pillow's resize offers here. */
  public enum Interpolation {
    /** Triangle, widened when shrinking. */
    BILINEAR(2),
    /** Cubic with a = -0.5, widened when shrinking. */
    BICUBIC(3);

    private final int pillow;

    Interpolation(int pillow) {
      this.pillow = pillow;
    }

    /** Pillow's number, which microsoft's and Hugging Face's files use. */
    public int pillow() {
      return pillow;
    }

    /** The kernel with Pillow's number; empty for one that is not offered. */
    public static Optional<Interpolation> ofPillow(int number) {
      return Arrays.stream(values()).filter(kernel -> kernel.pillow == number).findFirst();
    }
  }

  /** ImageNet's channel means, which the published models use. */
  public static final List<Double> IMAGENET_MEAN = List.of(0.485, 0.456, 0.406);

  /** ImageNet's channel standard deviations. */
  public static final List<Double> IMAGENET_STD = List.of(0.229, 0.224, 0.225);

  public Preprocess {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (!(cropRatio > 0 && cropRatio <= 1)) {
      throw new SpecException("crop ratio " + cropRatio + ": expected above 0 and at most 1");
    }
    if (mean.size() != 3 || std.size() != 3) {
      throw new SpecException("mean " + mean + ", std " + std + ": expected three channels each");
    }
    for (int c = 0; c < 3; c++) {
      if (!Double.isFinite(mean.get(c)) || !(std.get(c) > 0 && std.get(c) < 1e6)) {
        throw new SpecException("mean " + mean + ", std " + std + ": expected finite, std above 0");
      }
    }
  }

  /**
   * What the published checkpoints were evaluated with: at up to 256 pixels a bicubic resize of the
   * short side and a centre crop of 0.875, above it the whole picture warped (microsoft's
   * experiment files). Small models see the whole picture too.
   */
  public static Preprocess standard(Size size) {
    int side = Math.max(size.height(), size.width());
    Resize resize = side > 64 && side <= 256 ? Resize.CROP : Resize.WARP;
    return new Preprocess(
        size,
        resize,
        resize == Resize.CROP ? 0.875 : 1.0,
        Interpolation.BICUBIC,
        IMAGENET_MEAN,
        IMAGENET_STD);
  }

  /** The same for another size. */
  public Preprocess withSize(Size other) {
    return new Preprocess(other, resize, cropRatio, interpolation, mean, std);
  }

  /** The same with another way of resizing. */
  public Preprocess withResize(Resize other) {
    return new Preprocess(size, other, cropRatio, interpolation, mean, std);
  }

  /** The same with another kernel. */
  public Preprocess withInterpolation(Interpolation other) {
    return new Preprocess(size, resize, cropRatio, other, mean, std);
  }
}
