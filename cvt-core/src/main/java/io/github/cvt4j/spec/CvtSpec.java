package io.github.cvt4j.spec;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Everything that fixes a CvT's shape (Wu et al. 2021). Immutable and valid once constructed.
 *
 * @param stages first to last; at least one
 * @param numClasses outputs of the head, up to a million; 0 leaves the head out, so that the model
 *     ends in features
 * @param inChannels channels of the input image
 * @param activation of every MLP
 * @param init how linear weights start
 * @param imageSize the input that the model is meant for; other sizes work too. It sets the grid of
 *     position embeddings and is the default elsewhere
 */
public record CvtSpec(
    List<StageSpec> stages,
    int numClasses,
    int inChannels,
    Activation activation,
    Init init,
    Size imageSize) {

  /** Classes, channels and stages beyond these are taken for damage. */
  private static final int MAX_CLASSES = 1_000_000;

  private static final int MAX_CHANNELS = 1_024;
  private static final int MAX_STAGES = 16;
  private static final long MAX_WEIGHTS = 20_000_000_000L;

  public CvtSpec {
    stages = List.copyOf(stages);
    if (stages.isEmpty() || stages.size() > MAX_STAGES) {
      throw new SpecException(
          "a model of " + stages.size() + " stages: expected 1 to " + MAX_STAGES);
    }
    Range.check("number of classes", numClasses, 0, MAX_CLASSES);
    Range.check("input channels", inChannels, 1, MAX_CHANNELS);
    Objects.requireNonNull(activation, "activation");
    Objects.requireNonNull(init, "init");
    long weights = weights(stages, inChannels, numClasses, grids(stages, imageSize));
    if (weights > MAX_WEIGHTS) {
      throw new SpecException(
          "a model of about %d weights: expected at most %d".formatted(weights, MAX_WEIGHTS));
    }
  }

  /** The last stage, whose width is that of the features. */
  public StageSpec lastStage() {
    return stages.get(stages.size() - 1);
  }

  /**
   * Token grid of every stage for an input of the given size.
   *
   * @throws SpecException naming the stage whose kernel or pooling window does not fit
   */
  public List<Size> grids(Size input) {
    return grids(stages, input);
  }

  /** The same model with another head; 0 classes for none. */
  public CvtSpec withClasses(int classes) {
    return new CvtSpec(stages, classes, inChannels, activation, init, imageSize);
  }

  /** The same model meant for another input size. */
  public CvtSpec withImageSize(Size size) {
    return new CvtSpec(stages, numClasses, inChannels, activation, init, size);
  }

  /** The same model with weights that start otherwise. */
  public CvtSpec withInit(Init other) {
    return new CvtSpec(stages, numClasses, inChannels, activation, other, imageSize);
  }

  /** The same model with another activation. */
  public CvtSpec withActivation(Activation other) {
    return new CvtSpec(stages, numClasses, inChannels, other, init, imageSize);
  }

  /**
   * Builds a stage and puts its number in front of what is wrong with it.
   *
   * @param index the stage's number from 0
   * @throws SpecException as {@link StageSpec} throws it, with {@code stage N:} in front
   */
  public static StageSpec stage(int index, Supplier<StageSpec> stage) {
    try {
      return stage.get();
    } catch (SpecException e) {
      throw new SpecException("stage " + index + ": " + e.getMessage(), e);
    }
  }

  private static List<Size> grids(List<StageSpec> stages, Size input) {
    Size[] grids = new Size[stages.size()];
    Size size = input;
    for (int i = 0; i < grids.length; i++) {
      StageSpec stage = stages.get(i);
      int height = stage.patch().grid(size.height());
      int width = stage.patch().grid(size.width());
      if (height < 1 || width < 1) {
        throw new SpecException(
            "stage %d: patch size %d does not fit its input of %s (padding %d); use a larger image"
                .formatted(i, stage.patch().size(), size, stage.patch().padding()));
      }
      Projection projection = stage.projection();
      if (!projection.fits(Math.min(height, width))) {
        throw new SpecException(
            "stage %d: projection kernel %d does not fit its grid of %dx%d (padding kv %d)"
                .formatted(i, projection.kernel(), height, width, projection.paddingKv()));
      }
      grids[i] = size = new Size(height, width);
    }
    return List.of(grids);
  }

  private static long weights(
      List<StageSpec> stages, int inChannels, int numClasses, List<Size> grids) {
    long weights = 0;
    int channels = inChannels;
    for (int i = 0; i < stages.size(); i++) {
      StageSpec stage = stages.get(i);
      weights += stage.weights(channels);
      if (stage.posEmbed()) {
        weights += grids.get(i).area() * stage.dim();
      }
      channels = stage.dim();
    }
    return weights + (long) channels * numClasses;
  }
}
