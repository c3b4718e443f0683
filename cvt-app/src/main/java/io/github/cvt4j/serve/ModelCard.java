package io.github.cvt4j.serve;

import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.spec.Complexity;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.spec.StageSpec;
import io.github.cvt4j.weights.Provenance;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the service says of a model.
 *
 * @param looks whether one can look inside
 * @param classes 0 for one that gives features only
 * @param labelsKnown whether the classes have names
 * @param size [height, width] of what the network sees
 * @param preprocess how a picture becomes that
 * @param parameters trained numbers
 * @param engine what computes it
 * @param dtype type of the numbers it computes with
 * @param provenance what made the weights
 */
record ModelCard(
    boolean looks,
    int classes,
    boolean labelsKnown,
    List<Integer> size,
    Prepared preprocess,
    long parameters,
    String engine,
    String dtype,
    List<Stage> stages,
    Made provenance) {

  /**
   * A stage.
   *
   * @param stage its number from 0
   * @param grid [height, width] of its tokens
   * @param cls whether it has a class token
   */
  record Stage(int stage, int dim, int heads, int blocks, List<Integer> grid, boolean cls) {}

  /**
   * How a picture becomes the network's input.
   *
   * @param resize {@code crop} or {@code warp}
   * @param cropRatio for a crop, its side over the resized short side
   * @param interpolation the resize's kernel
   * @param mean subtracted from each channel in [0, 1]
   * @param std each channel is divided by it afterwards
   */
  record Prepared(
      String resize, double cropRatio, String interpolation, List<Double> mean, List<Double> std) {

    static Prepared of(Preprocess preprocess) {
      return new Prepared(
          preprocess.resize().name().toLowerCase(Locale.ROOT),
          preprocess.cropRatio(),
          preprocess.interpolation().name().toLowerCase(Locale.ROOT),
          preprocess.mean(),
          preprocess.std());
    }
  }

  /** What made the weights; empty words where it is not known. */
  record Made(String createdBy, String createdAt, String source, Map<String, Double> metrics) {}

  static ModelCard of(LoadedModel loaded, Network network, boolean looks) {
    CvtSpec spec = loaded.spec();
    Size size = loaded.preprocess().size();
    List<Size> grids = spec.grids(size);
    List<Stage> stages = new ArrayList<>();
    for (int i = 0; i < grids.size(); i++) {
      StageSpec stage = spec.stages().get(i);
      stages.add(
          new Stage(
              i, stage.dim(), stage.heads(), stage.depth(), pair(grids.get(i)), stage.clsToken()));
    }
    Provenance made = loaded.provenance();
    return new ModelCard(
        looks,
        spec.numClasses(),
        !loaded.labels().isEmpty(),
        pair(size),
        Prepared.of(loaded.preprocess()),
        Complexity.of(spec, size).parameters(),
        network.execution().engine().key(),
        network.execution().type().key(),
        stages,
        new Made(made.createdBy(), made.createdAt(), made.source(), made.metrics()));
  }

  private static List<Integer> pair(Size size) {
    return List.of(size.height(), size.width());
  }
}
