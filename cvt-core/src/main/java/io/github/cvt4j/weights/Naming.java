package io.github.cvt4j.weights;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Whose names a checkpoint's tensors have. */
public enum Naming {
  /** microsoft/CvT's, which are this project's own: {@code stage0.blocks.0.attn.proj_q.weight}. */
  MICROSOFT("stage\\d+\\.patch_embed\\.proj\\.weight"),
  /** Hugging Face transformers': {@code cvt.encoder.stages.0...}; without head also without cvt. */
  HUGGING_FACE("(cvt\\.)?encoder\\.stages\\.\\d+\\.embedding\\..*"),
  /** PASSL's: microsoft's behind {@code backbone.}, projections numbered. */
  PASSL("backbone\\.stage\\d+\\.patch_embed\\.proj\\.weight"),
  /** PaddleClas's: microsoft's, batch norm statistics {@code _mean} and {@code _variance}. */
  PADDLE_CLAS("stage\\d+\\..*\\._mean");

  private final Pattern telling;

  Naming(String telling) {
    this.telling = Pattern.compile(telling);
  }

  /** The naming that these names follow; empty if it is none that is known. */
  static Optional<Naming> of(Set<String> names) {
    if (names.stream().anyMatch(PADDLE_CLAS::tells)) {
      return Optional.of(PADDLE_CLAS); // has microsoft's names too
    }
    for (Naming naming : values()) {
      if (names.stream().anyMatch(naming::tells)) {
        return Optional.of(naming);
      }
    }
    return Optional.empty();
  }

  private boolean tells(String name) {
    return telling.matcher(name).matches();
  }

  /** Paddle stores the weights of linear layers as [in, out]. */
  boolean transposesLinear() {
    return this == PASSL || this == PADDLE_CLAS;
  }
}
