package io.github.cvt4j.spec;

/**
 * What a stage drops in training, each in [0, 1).
 *
 * @param features elements after the embedding, the attention's output projection and in the MLP
 * @param attention entries of the attention matrix
 * @param path whole residual branches; the rate of the stage's last block, rising linearly from 0
 *     over its blocks
 */
public record DropRates(double features, double attention, double path) {

  /** Nothing is dropped. */
  public static final DropRates NONE = new DropRates(0, 0, 0);

  /** Only residual branches are dropped. */
  public static DropRates path(double rate) {
    return new DropRates(0, 0, rate);
  }
}
