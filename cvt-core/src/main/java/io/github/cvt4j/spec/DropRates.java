package io.github.cvt4j.spec;

/**
 * What a stage drops in training, each in [0, 1). Valid once constructed.
 *
 * @param features elements after the embedding, the attention's output projection and in the MLP
 * @param attention entries of the attention matrix
 * @param path whole residual branches; the rate of the stage's last block, rising linearly from 0
 *     over its blocks
 */
public record DropRates(double features, double attention, double path) {

  /** Nothing is dropped. */
  public static final DropRates NONE = new DropRates(0, 0, 0);

  public DropRates {
    rate("drop rate", features);
    rate("attention drop rate", attention);
    rate("drop path rate", path);
  }

  /** Only residual branches are dropped. */
  public static DropRates path(double rate) {
    return new DropRates(0, 0, rate);
  }

  private static void rate(String field, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new SpecException(field + " " + value + ": expected 0 or more and less than 1");
    }
  }
}
