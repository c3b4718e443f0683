package io.github.cvt4j.spec;

/** The MLP's activation. */
public enum Activation {
  /** {@code x * sigmoid(1.702 x)}: what the published weights were trained with. */
  QUICK_GELU,
  /** {@code x * Phi(x)} with the exact error function: what Hugging Face's port computes. */
  GELU
}
