package io.github.cvt4j.nn;

import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Between a map [B, C, H, W] and its tokens [B, H*W, C]. Tokens lie in memory as a channels-last
 * map does, the layout in which convolutions are fastest, so both directions are views.
 *
 * <p>The axes are split and joined while the channels are last: split afterwards, a batch of one
 * gets a stride that makes its layout ambiguous, which libtorch's batch norm answers with wrong
 * gradients.
 */
final class Tokens {

  private Tokens() {}

  static Tensor fromMap(Tensor map) {
    return map.permute(0, 2, 3, 1).flatten(1, 2); // [B, H*W, C]
  }

  static Tensor toMap(Tensor tokens, long height, long width) {
    return tokens.unflatten(1, height, width).permute(0, 3, 1, 2); // [B, C, H, W]
  }

  /** Puts the class token in front; null leaves the tokens alone. */
  static Tensor join(Tensor cls, Tensor tokens) {
    return cls == null ? tokens : torch.cat(Tensors.list(cls, tokens), 1); // [B, 1 + H*W, C]
  }
}
