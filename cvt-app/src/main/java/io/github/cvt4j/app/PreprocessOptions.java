package io.github.cvt4j.app;

import io.github.cvt4j.image.DecodeOptions;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import picocli.CommandLine.Option;

/** How pictures become input; what is not given stays as the model says. */
final class PreprocessOptions {

  @Option(
      names = "--size",
      paramLabel = "SIZE|HEIGHTxWIDTH",
      description = "What the network sees.")
  private String size;

  @Option(
      names = "--resize",
      paramLabel = "crop|warp",
      description = "crop: short side resized, centre cut out. warp: the whole picture resized.")
  private Preprocess.Resize resize;

  @Option(
      names = "--crop-ratio",
      paramLabel = "R",
      description = "With crop: the size over the resized short side.")
  private Double cropRatio;

  @Option(
      names = "--interpolation",
      paramLabel = "bicubic|bilinear",
      description = "The resize's kernel.")
  private Preprocess.Interpolation interpolation;

  @Option(
      names = "--no-exif",
      description = "Leaves pictures as they are stored, instead of upright.")
  private boolean noExif;

  /** The model's way, changed as the options say. */
  Preprocess applyTo(Preprocess model) {
    Size wanted = size == null ? model.size() : Size.parse(size);
    Preprocess.Resize mode = resize == null ? model.resize() : resize;
    double ratio = cropRatio == null ? model.cropRatio() : cropRatio;
    return new Preprocess(
        wanted,
        mode,
        ratio,
        interpolation == null ? model.interpolation() : interpolation,
        model.mean(),
        model.std());
  }

  /** The published way for the size, changed as the options say. */
  Preprocess published() {
    return applyTo(Preprocess.standard(size == null ? Size.square(224) : Size.parse(size)));
  }

  DecodeOptions decoding() {
    return DecodeOptions.DEFAULT.withOrientation(!noExif);
  }
}
