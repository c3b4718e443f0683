package io.github.cvt4j.onnx;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;

/**
 * A constant of the graph.
 *
 * @param dims sizes; empty for a scalar
 * @param content gives the elements, little-endian and row-major; asked for when they are written,
 *     so that a model's weights need not be in memory twice
 */
record Initializer(String name, ElementType type, List<Long> dims, Supplier<ByteBuffer> content) {

  Initializer {
    dims = List.copyOf(dims);
  }

  /** Bytes of the content. */
  long bytes() {
    return dims.stream().reduce((long) type.bytes(), Math::multiplyExact);
  }
}
