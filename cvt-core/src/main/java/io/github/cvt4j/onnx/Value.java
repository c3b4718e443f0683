package io.github.cvt4j.onnx;

/**
 * A tensor in the graph: an input, a constant, or what a node makes.
 *
 * @param name unique in its graph; empty for an optional input that is left out
 */
record Value(String name) {

  static final Value ABSENT = new Value("");
}
