package io.github.cvt4j.tensor;

import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Projection;
import io.github.cvt4j.spec.Size;
import java.util.Arrays;
import java.util.Objects;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What every implementation of the network does with tokens [B, H*W, C] and the maps [B, C, H, W]
 * that they are. Tokens lie in memory as a channels-last map does, the layout in which convolutions
 * are fastest, so both directions are views.
 *
 * <p>The axes are split and joined while the channels are last: split afterwards, a batch of one
 * gets a stride that makes its layout ambiguous, which libtorch's batch norm answers with wrong
 * gradients.
 */
public final class Tokens {

  private Tokens() {}

  /** [B, C, H, W] to [B, H*W, C]. */
  public static Tensor fromMap(Tensor map) {
    return map.permute(0, 2, 3, 1).flatten(1, 2);
  }

  /** [B, H*W, C] to [B, C, H, W]. */
  public static Tensor toMap(Tensor tokens, long height, long width) {
    return tokens.unflatten(1, height, width).permute(0, 3, 1, 2);
  }

  /**
   * Tokens one after the other, such as the class token and those of the grid; null stands for
   * none, and a single one is not copied.
   */
  public static Tensor join(Tensor... parts) {
    Tensor[] present = Arrays.stream(parts).filter(Objects::nonNull).toArray(Tensor[]::new);
    return present.length == 1 ? present[0] : torch.cat(Tensors.list(present), 1);
  }

  /** Keys and values by average pooling, in PyTorch's ceil mode. */
  public static Tensor pool(Tensor map, Projection projection) {
    return torch.avg_pool2d(
        map,
        new long[] {projection.kernel(), projection.kernel()},
        new long[] {projection.strideKv(), projection.strideKv()},
        new long[] {projection.paddingKv(), projection.paddingKv()},
        /* ceil_mode= */ true,
        /* count_include_pad= */ true,
        new LongOptional());
  }

  /**
   * A position embedding [1, C, h, w] for a grid of another size: bicubic, as vision transformers
   * are fine-tuned. Itself if it has the size.
   */
  public static Tensor positions(Tensor embedding, long height, long width) {
    if (embedding.size(2) == height && embedding.size(3) == width) {
      return embedding;
    }
    return torch.upsample_bicubic2d(
        embedding,
        new long[] {height, width},
        /* align_corners= */ false,
        new DoubleOptional(),
        new DoubleOptional());
  }

  /**
   * Refuses what a model cannot take.
   *
   * @throws IllegalArgumentException if these are not pictures [B, channels, H, W]
   * @throws io.github.cvt4j.spec.SpecException if they are too small for a stage
   */
  public static void requireFit(Tensor images, CvtSpec spec) {
    if (images.dim() != 4 || images.size(1) != spec.inChannels()) {
      throw new IllegalArgumentException(
          "expected pictures [B, %d, H, W], not %s"
              .formatted(spec.inChannels(), Arrays.toString(Tensors.shape(images))));
    }
    spec.grids(new Size((int) images.size(2), (int) images.size(3)));
  }
}
