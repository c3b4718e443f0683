package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;
import io.github.cvt4j.spec.SpecException;
import java.util.random.RandomGenerator;

/**
 * torchvision's ColorJitter on Pillow pictures: brightness, contrast, saturation and hue in random
 * order.
 *
 * @param brightness the factor is drawn evenly from max(0, 1 - it) to 1 + it; 0 for no change
 * @param contrast likewise
 * @param saturation likewise
 * @param hue part of the colour circle; drawn evenly from -it to it, at most 0.5
 */
public record ColorJitter(double brightness, double contrast, double saturation, double hue)
    implements Augment {

  public ColorJitter {
    checkStrength("brightness", brightness, 100);
    checkStrength("contrast", contrast, 100);
    checkStrength("saturation", saturation, 100);
    checkStrength("hue", hue, 0.5);
  }

  private static void checkStrength(String name, double strength, double most) {
    if (!(strength >= 0 && strength <= most)) {
      throw new SpecException(
          "colour jitter's %s %s: expected 0 to %s".formatted(name, strength, most));
    }
  }

  @Override
  public RgbImage apply(RgbImage image, RandomGenerator random) {
    RgbImage result = image;
    for (int step : Seeds.permutation(4, random)) {
      result =
          switch (step) {
            case 0 ->
                brightness == 0 ? result : Tones.brightness(result, factor(brightness, random));
            case 1 -> contrast == 0 ? result : Tones.contrast(result, factor(contrast, random));
            case 2 ->
                saturation == 0 ? result : Colours.saturation(result, factor(saturation, random));
            default -> hue == 0 ? result : Hue.shift(result, hue * (2 * random.nextDouble() - 1));
          };
    }
    return result;
  }

  private static float factor(double strength, RandomGenerator random) {
    double low = Math.max(0, 1 - strength);
    return (float) (low + (1 + strength - low) * random.nextDouble());
  }
}
