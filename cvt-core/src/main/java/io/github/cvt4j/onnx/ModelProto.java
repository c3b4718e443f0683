package io.github.cvt4j.onnx;

import io.github.cvt4j.Protobuf;
import java.util.Map;

/**
 * Graphs as protobuf messages. Field and enum numbers are those of onnx.proto
 * (github.com/onnx/onnx).
 */
final class ModelProto {

  private static final String PRODUCER = "cvt4j";

  private ModelProto() {}

  /**
   * A whole model.
   *
   * @param metadata for whoever uses it
   * @param external where weights stand that are kept outside; null for none
   */
  static Protobuf of(Graph graph, Map<String, String> metadata, ExternalData external) {
    Protobuf model = new Protobuf().integer(1, Operators.IR_VERSION).text(2, PRODUCER);
    String version = ModelProto.class.getPackage().getImplementationVersion();
    if (version != null) { // classes that are not in a jar have none
      model.text(3, version);
    }
    model.message(7, graph(graph, external));
    model.message(8, new Protobuf().text(1, "").integer(2, Operators.OPSET));
    metadata.forEach((key, value) -> model.message(14, entry(key, value)));
    return model;
  }

  private static Protobuf entry(String key, String value) {
    return new Protobuf().text(1, key).text(2, value);
  }

  private static Protobuf graph(Graph graph, ExternalData external) {
    Protobuf message = new Protobuf();
    graph.nodes().forEach(node -> message.message(1, node(node)));
    message.text(2, "cvt");
    graph.initializers().forEach(tensor -> message.message(5, tensor(tensor, external)));
    graph.inputs().forEach(input -> message.message(11, value(input)));
    graph.outputs().forEach(output -> message.message(12, value(output)));
    return message;
  }

  private static Protobuf node(Node node) {
    Protobuf message = new Protobuf();
    node.inputs().forEach(input -> message.text(1, input.name()));
    message.text(2, node.output().name()).text(3, node.name()).text(4, node.operator());
    node.attributes().forEach(attribute -> message.message(5, attribute(attribute)));
    return message;
  }

  private static Protobuf attribute(Attribute attribute) {
    Protobuf message = new Protobuf().text(1, attribute.name());
    if (attribute instanceof Attribute.Real real) {
      return message.real32(2, real.value()).integer(20, 1); // FLOAT
    } else if (attribute instanceof Attribute.Int integer) {
      return message.integer(3, integer.value()).integer(20, 2); // INT
    } else if (attribute instanceof Attribute.Text text) {
      return message.text(4, text.value()).integer(20, 3); // STRING
    } else if (attribute instanceof Attribute.Ints ints) {
      ints.values().forEach(value -> message.integer(8, value));
      return message.integer(20, 7); // INTS
    }
    throw new AssertionError(attribute);
  }

  private static Protobuf tensor(Initializer tensor, ExternalData external) {
    Protobuf message = new Protobuf();
    tensor.dims().forEach(size -> message.integer(1, size));
    message.integer(2, tensor.type().number()).text(8, tensor.name());
    if (external == null || !external.holds(tensor)) {
      return message.bytes(9, tensor.bytes(), tensor.content());
    }
    message.message(13, entry("location", external.file()));
    message.message(13, entry("offset", Long.toString(external.offset(tensor))));
    message.message(13, entry("length", Long.toString(tensor.bytes())));
    return message.integer(14, 1); // EXTERNAL
  }

  private static Protobuf value(TensorType value) {
    Protobuf shape = new Protobuf();
    for (String size : value.dims()) {
      boolean fixed = Character.isDigit(size.charAt(0));
      Protobuf dim = new Protobuf();
      shape.message(1, fixed ? dim.integer(1, Long.parseLong(size)) : dim.text(2, size));
    }
    Protobuf tensor = new Protobuf().integer(1, value.type().number()).message(2, shape);
    return new Protobuf().text(1, value.name()).message(2, new Protobuf().message(1, tensor));
  }
}
