package io.github.cvt4j.nn;

import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Between a map [B, C, H, W] and its tokens [B, H*W, C]. Tokens lie in memory as a channels-last
 * map does, the layout in which convolutions are fastest, so both directions are views.
 */
final class Tokens {

  private Tokens() {}

  static Tensor fromMap(Tensor map) {
    return map.flatten(2, 3).transpose(1, 2); // [B, H*W, C]
  }

  static Tensor toMap(Tensor tokens, long height, long width) {
    return tokens.transpose(1, 2).unflatten(2, height, width); // [B, C, H, W]
  }

  /** Puts the class token in front; null leaves the tokens alone. */
  static Tensor join(Tensor cls, Tensor tokens) {
    return cls == null ? tokens : torch.cat(Tensors.list(cls, tokens), 1); // [B, 1 + H*W, C]
  }
}
