package io.github.cvt4j.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a model costs for one image of a given size.
 *
 * <p>A multiply-add is counted for every tap of a convolution (padding included), every weight of a
 * linear map and every product of attention, on the true grids; biases, norms, activations, softmax
 * and pooling count nothing. The papers' "FLOPs" are multiply-adds, too.
 *
 * @param size the input's height and width
 * @param stages first to last
 * @param norm parameters of the last layer norm
 * @param headParameters weights and biases of the classifier; 0 without one
 * @param headMacs multiply-adds of the classifier
 * @param stateDictEntries tensors of a checkpoint, batch norm's buffers and counters included
 */
public record Complexity(
    Size size,
    List<Stage> stages,
    long norm,
    long headParameters,
    long headMacs,
    int stateDictEntries) {

  public Complexity {
    stages = List.copyOf(stages);
  }

  /**
   * One stage.
   *
   * @param grid height and width in tokens
   * @param parameters what learns in it
   * @param macs multiply-adds by kind
   */
  public record Stage(Size grid, long parameters, Macs macs) {}

  /**
   * Multiply-adds of a stage.
   *
   * @param patchEmbed the embedding's convolution
   * @param convProj the depth-wise convolutions of q, k and v
   * @param linearProj the linear maps of q, k, v and of attention's output
   * @param attention the products q * k and attention * v
   * @param mlp both linear maps of the MLPs
   */
  public record Macs(long patchEmbed, long convProj, long linearProj, long attention, long mlp) {

    /** All kinds together. */
    public long total() {
      return patchEmbed + convProj + linearProj + attention + mlp;
    }
  }

  /**
   * Counts for an input of the given size; position embeddings are counted on the spec's own.
   *
   * @throws SpecException if the image is too small for a stage, or the count leaves 64 bits
   */
  public static Complexity of(CvtSpec spec, Size size) {
    Map<String, long[]> layout = StateLayout.of(spec);
    List<Size> grids = spec.grids(size);
    List<Stage> stages = new ArrayList<>();
    int channels = spec.inChannels();
    for (int i = 0; i < grids.size(); i++) {
      StageSpec stage = spec.stages().get(i);
      long parameters = parameters(layout, "stage" + i + ".");
      stages.add(new Stage(grids.get(i), parameters, macs(stage, channels, grids.get(i))));
      channels = stage.dim();
    }
    return new Complexity(
        size,
        stages,
        parameters(layout, "norm."),
        parameters(layout, "head."),
        (long) channels * spec.numClasses(),
        layout.size());
  }

  /** Everything that learns. */
  public long parameters() {
    return stages.stream().mapToLong(Stage::parameters).sum() + norm + headParameters;
  }

  /** Multiply-adds of one image. */
  public long macs() {
    return stages.stream().mapToLong(stage -> stage.macs().total()).sum() + headMacs;
  }

  private static long parameters(Map<String, long[]> layout, String prefix) {
    long sum = 0;
    for (Map.Entry<String, long[]> entry : layout.entrySet()) {
      if (entry.getKey().startsWith(prefix) && !StateLayout.isBuffer(entry.getKey())) {
        long elements = 1;
        for (long side : entry.getValue()) {
          elements *= side;
        }
        sum += elements;
      }
    }
    return sum;
  }

  private static Macs macs(StageSpec stage, int inChannels, Size grid) {
    Projection projection = stage.projection();
    long dim = stage.dim();
    long depth = stage.depth();
    long queries = grid.area(); // the residual sum needs one for each token
    long keys = (long) projection.keyGrid(grid.height()) * projection.keyGrid(grid.width());
    int cls = stage.clsToken() ? 1 : 0;
    long patch = (long) stage.patch().size() * stage.patch().size();
    boolean convolves = projection.method() == Projection.Method.DW_BN;
    long taps = convolves ? (long) projection.kernel() * projection.kernel() : 0;
    try {
      return new Macs(
          product(grid.area(), patch, inChannels, dim),
          product(depth, queries + 2 * keys, taps, dim),
          product(depth, 2 * (queries + cls) + 2 * (keys + cls), dim, dim),
          product(depth, 2 * (queries + cls), keys + cls, dim),
          product(depth, 2 * (queries + cls), dim, stage.hidden()));
    } catch (ArithmeticException e) {
      throw new SpecException(
          "a grid of %s tokens of width %d: more multiply-adds than 64 bits can count"
              .formatted(grid, stage.dim()),
          e);
    }
  }

  private static long product(long... factors) {
    long product = 1;
    for (long factor : factors) {
      product = Math.multiplyExact(product, factor);
    }
    return product;
  }
}
