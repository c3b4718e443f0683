package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Processor;
import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** How {@code softmax(scale q k^T) v} is computed; the results differ by rounding only. */
enum AttentionKernel {
  /** libtorch's flash attention, which never has the scores of all keys in memory. */
  FLASH(1),
  /**
   * The same for a matrix unit: in bfloat16 it takes many times as long if the number of keys is no
   * multiple of the unit's tile (50 keys 30 times as long as 64), so that keys are added and masked
   * out.
   */
  FLASH_TILES(16),
  /**
   * Product, softmax, product. Flash attention has no bfloat16 products but those of a matrix unit
   * and computes in scalars without one, a hundred times slower than this.
   */
  PRODUCTS(1) {
    @Override
    Tensor mix(Tensor q, Tensor k, Tensor v, double scale, int padding) {
      Tensor scores = torch.matmul(q.mul(new Scalar(scale)), k.transpose(2, 3)); // [B, D, N, M]
      return torch.matmul(scores.softmax(3), v);
    }
  };

  private final int tile;

  AttentionKernel(int tile) {
    this.tile = tile;
  }

  /** The fastest one for a type on a processor. */
  static AttentionKernel best(ComputeType type, Processor processor) {
    if (type != ComputeType.BF16) {
      return FLASH;
    }
    return processor.hasBf16Tiles() ? FLASH_TILES : PRODUCTS;
  }

  /** How many keys {@link #mix} wants added to that many. */
  int padding(int keys) {
    return Math.floorMod(-keys, tile);
  }

  /**
   * Mixes values by attention.
   *
   * @param q [B, D, N, C/D]
   * @param k [B, D, M, C/D]
   * @param v [B, D, M, C/D]
   * @param padding how many of the M keys come last and count for nothing
   * @return [B, D, N, C/D]
   */
  Tensor mix(Tensor q, Tensor k, Tensor v, double scale, int padding) {
    return torch.scaled_dot_product_attention(
        q,
        k,
        v,
        Tensors.optional(padding == 0 ? null : mask(k, padding)),
        /* dropout_p= */ 0,
        /* is_causal= */ false,
        new DoubleOptional(scale),
        /* enable_gqa= */ false);
  }

  /** [1, 1, 1, M]: 0 where there is a key, minus infinity beyond. */
  private static Tensor mask(Tensor k, int padding) {
    long all = k.size(2);
    Tensor mask = Tensors.empty(k.scalar_type(), 1, 1, 1, all).zero_();
    mask.narrow(3, all - padding, padding).fill_(new Scalar(Double.NEGATIVE_INFINITY));
    return mask;
  }
}
