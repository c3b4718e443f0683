package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.Preprocess.Interpolation;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * A few random operations on each picture (Cubuk et al. 2019), as in timm 0.3.2: each layer draws
 * one of fifteen, does it every other time, with a magnitude that may be noisy. On the same draws
 * the result equals timm's with Pillow byte for byte.
 *
 * @param policy how many, and how strong
 * @param interpolation kernel of rotations, shears and shifts
 * @param fill colour of what they leave free
 */
public record RandAugment(RandAugmentPolicy policy, Interpolation interpolation, Rgb fill)
    implements Augment {

  /** Where every operation is at its strongest; noise does not lead beyond. */
  static final double MAX_MAGNITUDE = 10;

  private static final double PROBABILITY = 0.5;

  private static final RandAugmentOp[] OPS = RandAugmentOp.values();

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    RgbImage result = image;
    Set<RandAugmentOp> drawn = EnumSet.noneOf(RandAugmentOp.class);
    for (int layer = 0; layer < policy.layers(); layer++) {
      RandAugmentOp op =
          policy.weighted() ? weighted(drawn, random) : OPS[random.nextInt(OPS.length)];
      drawn.add(op);
      if (random.nextDouble() < PROBABILITY) {
        double magnitude = policy.magnitude() + policy.noise() * random.nextGaussian();
        double argument =
            op.argument(
                Math.max(0, Math.min(MAX_MAGNITUDE, magnitude)),
                policy.increasing(),
                random.nextBoolean());
        result = op.apply(result, argument, this);
      }
    }
    return result;
  }

  /** By weight, never the same operation twice. */
  static RandAugmentOp weighted(Set<RandAugmentOp> drawn, RandomGenerator random) {
    double total = 0;
    for (RandAugmentOp op : OPS) {
      total += drawn.contains(op) ? 0 : op.weight();
    }
    double left = random.nextDouble() * total;
    RandAugmentOp last = null;
    for (RandAugmentOp op : OPS) {
      if (op.weight() > 0 && !drawn.contains(op)) {
        last = op;
        left -= op.weight();
        if (left < 0) {
          break;
        }
      }
    }
    return last; // of the policy's layers there are no more than operations with a weight
  }

  RgbImage move(RgbImage image, Affine by) {
    return by.apply(image, interpolation, fill);
  }
}
