package io.github.cvt4j.fused;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** An activation that runs inside a matrix product. */
enum PostOp {
  NONE("none"),
  /** {@code x sigmoid(x)}. */
  SWISH("swish"),
  /** The exact one, with the error function. */
  GELU("gelu");

  private final String key;

  PostOp(String key) {
    this.key = key;
  }

  /** Its name among the attributes of oneDNN's operators. */
  String key() {
    return key;
  }

  /** As a step of its own. */
  Tensor apply(Tensor x) {
    return switch (this) {
      case NONE -> x;
      case SWISH -> torch.silu(x);
      case GELU -> torch.gelu(x);
    };
  }
}
