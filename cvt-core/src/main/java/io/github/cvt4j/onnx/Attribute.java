package io.github.cvt4j.onnx;

import java.util.List;
import java.util.stream.LongStream;

/** What a node is told beside its inputs; of the types that the operators here have. */
sealed interface Attribute {

  String name();

  /** An integer, or a flag as 0 or 1. */
  record Int(String name, long value) implements Attribute {}

  /** A list of integers. */
  record Ints(String name, List<Long> values) implements Attribute {}

  /** A single-precision number. */
  record Real(String name, float value) implements Attribute {}

  /** A word. */
  record Text(String name, String value) implements Attribute {}

  static Attribute of(String name, long value) {
    return new Int(name, value);
  }

  static Attribute ints(String name, long... values) {
    return new Ints(name, LongStream.of(values).boxed().toList());
  }

  static Attribute real(String name, double value) {
    return new Real(name, (float) value);
  }

  static Attribute text(String name, String value) {
    return new Text(name, value);
  }
}
