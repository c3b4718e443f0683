package io.github.cvt4j.onnx;

import java.util.List;

/**
 * One operator at work. Every operator that is used here makes one tensor, which has the node's
 * name.
 *
 * @param operator its name in the standard set
 * @param name unique in its graph
 * @param inputs in the operator's order
 */
record Node(String operator, String name, List<Value> inputs, List<Attribute> attributes) {

  Node {
    inputs = List.copyOf(inputs);
    attributes = List.copyOf(attributes);
  }

  Value output() {
    return new Value(name);
  }
}
