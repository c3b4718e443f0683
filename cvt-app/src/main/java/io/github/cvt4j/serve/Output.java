package io.github.cvt4j.serve;

/** What is wanted of a model. */
enum Output {
  /** A number for each class. */
  LOGITS,
  /** What the head sees, a number for each channel of the last stage. */
  FEATURES
}
