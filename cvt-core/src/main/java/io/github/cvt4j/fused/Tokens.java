package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Between channels-last maps [B, C, H, W] and tokens [B, H*W, C]: views, both ways. */
final class Tokens {

  private Tokens() {}

  static Tensor fromMap(Tensor map) {
    return map.flatten(2, 3).transpose(1, 2); // [B, H*W, C]
  }

  static Tensor toMap(Tensor tokens, long height, long width) {
    return tokens.transpose(1, 2).unflatten(2, height, width); // [B, C, H, W]
  }

  /** Tokens one after the other; null stands for none. */
  static Tensor join(Tensor first, Tensor tokens, Tensor last) {
    if (first == null && last == null) {
      return tokens;
    }
    if (first == null) {
      return torch.cat(Tensors.list(tokens, last), 1);
    }
    return torch.cat(
        last == null ? Tensors.list(first, tokens) : Tensors.list(first, tokens, last), 1);
  }
}
