package io.github.cvt4j.data;

import io.github.cvt4j.image.RgbImage;

/**
 * The fifteen operations of timm's RandAugment (auto_augment.py, 0.3.2) in its order, and what a
 * magnitude of 0 to 10 means to each.
 */
enum RandAugmentOp {
  AUTO_CONTRAST(0.025),
  EQUALIZE(0.005),
  INVERT(0),
  ROTATE(0.3),
  POSTERIZE(0),
  SOLARIZE(0.005),
  SOLARIZE_ADD(0.005),
  COLOR(0.025),
  CONTRAST(0.005),
  BRIGHTNESS(0.005),
  SHARPNESS(0.025),
  SHEAR_X(0.2),
  SHEAR_Y(0.2),
  TRANSLATE_X(0.1),
  TRANSLATE_Y(0.1);

  private final double weight;

  RandAugmentOp(double weight) {
    this.weight = weight;
  }

  /** Share of the draws under timm's weights 0. */
  double weight() {
    return weight;
  }

  /**
   * What the operation is done with: degrees, bits, a threshold, a factor, or a part of the side.
   *
   * @param magnitude 0 to 10
   * @param increasing whether every operation gets stronger with the magnitude; without, some get
   *     weaker, as in the first implementations
   * @param negative the other direction, where there are two
   */
  double argument(double magnitude, boolean increasing, boolean negative) {
    double level = magnitude / RandAugment.MAX_MAGNITUDE;
    return switch (this) {
      case AUTO_CONTRAST, EQUALIZE, INVERT -> 0;
      case ROTATE -> signed(level * 30, negative);
      case POSTERIZE -> increasing ? 4 - (int) (level * 4) : (int) (level * 4);
      case SOLARIZE -> increasing ? 256 - (int) (level * 256) : (int) (level * 256);
      case SOLARIZE_ADD -> (int) (level * 110);
      case COLOR, CONTRAST, BRIGHTNESS, SHARPNESS ->
          increasing ? 1 + signed(level * 0.9, negative) : level * 1.8 + 0.1;
      case SHEAR_X, SHEAR_Y -> signed(level * 0.3, negative);
      case TRANSLATE_X, TRANSLATE_Y -> signed(level * 0.45, negative);
    };
  }

  private static double signed(double value, boolean negative) {
    return negative ? -value : value;
  }

  /** The operation with its {@link #argument}; kernel and fill colour are those of the settings. */
  RgbImage apply(RgbImage image, double argument, RandAugment settings) {
    return switch (this) {
      case AUTO_CONTRAST -> Tones.autoContrast(image);
      case EQUALIZE -> Tones.equalize(image);
      case INVERT -> Tones.invert(image);
      case POSTERIZE -> Tones.posterize(image, (int) argument);
      case SOLARIZE -> Tones.solarize(image, (int) argument);
      case SOLARIZE_ADD -> Tones.solarizeAdd(image, (int) argument);
      case COLOR -> Colours.saturation(image, (float) argument);
      case CONTRAST -> Tones.contrast(image, (float) argument);
      case BRIGHTNESS -> Tones.brightness(image, (float) argument);
      case SHARPNESS -> Sharpness.enhance(image, (float) argument);
      case ROTATE -> settings.move(image, Affine.rotate(argument, image.height(), image.width()));
      case SHEAR_X -> settings.move(image, Affine.shearX(argument));
      case SHEAR_Y -> settings.move(image, Affine.shearY(argument));
      case TRANSLATE_X -> settings.move(image, Affine.translate(argument * image.width(), 0));
      case TRANSLATE_Y -> settings.move(image, Affine.translate(0, argument * image.height()));
    };
  }
}
