package io.github.cvt4j.nn;

import org.bytedeco.pytorch.Tensor;

/**
 * How a forward pass runs. Passed down instead of being kept in the modules, so that one model can
 * evaluate on many threads at once.
 *
 * @param training batch statistics and drops are on
 * @param statistics whether training updates running statistics; training passes of one model must
 *     not overlap then
 * @param probe sees intermediates
 * @param precision of matrix products
 * @param way which operators
 * @param recomputation runs the blocks; null to run them the ordinary way
 */
public record Pass(
    boolean training,
    boolean statistics,
    Probe probe,
    Precision precision,
    Way way,
    Recomputation recomputation) {

  /** Plain evaluation. */
  public static final Pass EVAL =
      new Pass(false, false, Probe.NONE, Precision.FP32, Way.FAST, null);

  /** Plain training. */
  public static final Pass TRAIN = new Pass(true, true, Probe.NONE, Precision.FP32, Way.FAST, null);

  public Pass {
    if (way == Way.PLAIN && precision != Precision.FP32) {
      throw new IllegalArgumentException("the plain way computes in float32, not " + precision);
    }
  }

  /** Evaluation with a look inside. */
  public static Pass eval(Probe probe) {
    return new Pass(false, false, probe, Precision.FP32, Way.FAST, null);
  }

  /** The same with other products. */
  public Pass in(Precision other) {
    return new Pass(training, statistics, probe, other, way, recomputation);
  }

  /** The same with other operators. */
  public Pass by(Way other) {
    return new Pass(training, statistics, probe, precision, other, recomputation);
  }

  /** The same with gradient checkpointing of each block. */
  public Pass recomputing(Recomputation blocks) {
    return new Pass(training, statistics, probe, precision, way, blocks);
  }

  /** For a part of the pass that runs a second time: it has been seen and counted. */
  Pass again() {
    return new Pass(training, false, Probe.NONE, precision, way, null);
  }

  /**
   * Sees named intermediates while a pass runs. Names, with B pictures, N tokens (class token first
   * where a stage has one), C channels, D heads:
   *
   * <ul>
   *   <li>{@code stage0.patch_embed} [B, C, H, W], after the embedding's norm, before drops
   *   <li>{@code stage0.block1} [B, N, C], after the block
   *   <li>{@code stage0.block1.attention.queries} [B, D, N, C/D] and {@code .keys} [B, D, M, C/D],
   *       after the linear maps
   *   <li>{@code stage0.block1.attention} [B, D, N, M], softmax over the M keys
   *   <li>{@code stage0.out} [B, C, H, W] and, with a class token, {@code stage0.cls} [B, 1, C]
   *   <li>{@code prelogits} [B, C] and {@code logits} [B, K]
   * </ul>
   *
   * Tensors belong to the scope that the pass runs in; a copy makes them last.
   */
  public interface Probe {

    /** Sees nothing. */
    Probe NONE = (name, value) -> {};

    /** Called once for each intermediate. */
    void see(String name, Tensor value);

    /**
     * Whether the attention matrix of that name is to be made and shown; it costs memory of B x D x
     * N x M, which the fused kernel otherwise saves.
     */
    default boolean wantsAttention(String name) {
      return false;
    }

    /**
     * Whether the queries and keys of the attention of that name are to be shown. They are made in
     * any case, and any row of the matrix can be computed from them.
     */
    default boolean wantsQueries(String name) {
      return false;
    }
  }
}
