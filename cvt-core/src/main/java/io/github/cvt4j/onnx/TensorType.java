package io.github.cvt4j.onnx;

import java.util.List;

/**
 * Name and shape of what goes into a graph or comes out.
 *
 * @param dims each a number, or a name for a size that is free
 */
record TensorType(String name, ElementType type, List<String> dims) {

  TensorType {
    dims = List.copyOf(dims);
  }
}
