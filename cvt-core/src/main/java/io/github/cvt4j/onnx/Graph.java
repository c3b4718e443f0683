package io.github.cvt4j.onnx;

import io.github.cvt4j.weights.HostTensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/** A graph under construction: nodes in the order in which they are computed, and constants. */
final class Graph {

  private final ElementType real;
  private final List<TensorType> inputs = new ArrayList<>();
  private final List<TensorType> outputs = new ArrayList<>();
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final Map<String, Initializer> initializers = new LinkedHashMap<>();

  /**
   * @param real what weights are stored and products computed in
   */
  Graph(ElementType real) {
    this.real = real;
  }

  ElementType real() {
    return real;
  }

  List<TensorType> inputs() {
    return Collections.unmodifiableList(inputs);
  }

  List<TensorType> outputs() {
    return Collections.unmodifiableList(outputs);
  }

  Collection<Node> nodes() {
    return Collections.unmodifiableCollection(nodes.values());
  }

  Collection<Initializer> initializers() {
    return Collections.unmodifiableCollection(initializers.values());
  }

  Value input(String name, ElementType type, String... dims) {
    inputs.add(new TensorType(requireNew(name), type, List.of(dims)));
    return new Value(name);
  }

  void output(Value value, ElementType type, String... dims) {
    outputs.add(new TensorType(value.name(), type, List.of(dims)));
  }

  /** A node of one of the standard operators; what it makes is called as it is. */
  Value node(String operator, String name, List<Value> inputs, Attribute... attributes) {
    Node node = new Node(operator, requireNew(name), inputs, Arrays.asList(attributes));
    nodes.put(name, node);
    return node.output();
  }

  /** A constant in the graph's real type; computed when it is written. */
  Value reals(String name, Supplier<HostTensor> tensor, long... dims) {
    Supplier<ByteBuffer> content =
        real == ElementType.FLOAT16
            ? () -> Half.bytes(tensor.get())
            : () -> tensor.get().toF32().data();
    List<Long> sizes = LongStream.of(dims).boxed().toList();
    return add(new Initializer(requireNew(name), real, sizes, content));
  }

  /** A constant of bytes; computed when it is written. */
  Value bytes(String name, ElementType type, Supplier<ByteBuffer> content, long... dims) {
    List<Long> sizes = LongStream.of(dims).boxed().toList();
    return add(new Initializer(requireNew(name), type, sizes, content));
  }

  /** A tensor of a checkpoint as a constant. */
  Value reals(String name, HostTensor tensor) {
    return reals(name, () -> tensor, tensor.shape());
  }

  /** One number in the graph's real type; of the same name there must be no other. */
  Value scalar(String name, double value) {
    return initializers.containsKey(name)
        ? new Value(name)
        : reals(name, HostTensor.of(new float[] {(float) value}));
  }

  /**
   * Single-precision numbers whatever the graph's real type is; of the same name there must be no
   * other.
   *
   * @param values one, or one for each channel of [B, C, H, W]
   */
  Value floats(String name, double... values) {
    if (initializers.containsKey(name)) {
      return new Value(name);
    }
    float[] narrow = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (float) values[i];
    }
    List<Long> dims = values.length == 1 ? List.of() : List.of((long) values.length, 1L, 1L);
    HostTensor tensor = HostTensor.of(narrow, values.length);
    return add(new Initializer(requireNew(name), ElementType.FLOAT, dims, tensor::data));
  }

  /** A list of integers, such as a shape; of the same name there must be no other. */
  Value ints(String name, long... values) {
    if (initializers.containsKey(name)) {
      return new Value(name);
    }
    HostTensor tensor = HostTensor.of(values, values.length);
    List<Long> sizes = List.of((long) values.length);
    return add(new Initializer(requireNew(name), ElementType.INT64, sizes, tensor::data));
  }

  /** One integer, without axes; of the same name there must be no other. */
  Value integer(String name, long value) {
    if (initializers.containsKey(name)) {
      return new Value(name);
    }
    HostTensor tensor = HostTensor.of(new long[] {value});
    return add(new Initializer(requireNew(name), ElementType.INT64, List.of(), tensor::data));
  }

  private Value add(Initializer initializer) {
    initializers.put(initializer.name(), initializer);
    return new Value(initializer.name());
  }

  private String requireNew(String name) {
    boolean isInput = inputs.stream().anyMatch(input -> input.name().equals(name));
    if (isInput || nodes.containsKey(name) || initializers.containsKey(name)) {
      throw new IllegalStateException("two tensors named " + name);
    }
    return name;
  }
}
