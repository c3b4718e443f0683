package io.github.cvt4j.weights;

import java.util.HashMap;
import java.util.Map;

/**
 * All that a pickle of Paddle may name: NumPy's arrays and types (as {@code numpy/core/src} pickles
 * them, under the module names of NumPy 1 and 2), byte strings as protocol 2 spells them, and two
 * containers.
 */
final class NumpyGlobals {

  /** A text whose characters are bytes: {@code _codecs.encode(text, 'latin1')}, not yet run. */
  record Latin1(String text) {}

  /** The class numpy.ndarray, only ever mentioned. */
  private enum ArrayClass {
    NDARRAY
  }

  /** A number with NumPy's type. Training checkpoints have some; nobody asks for their values. */
  private enum Scalar {
    IGNORED
  }

  private static final Map<String, Object> ALLOWED = allowed();

  private NumpyGlobals() {}

  /** What {@code module.name} means; null if it is not allowed. */
  static Object find(String name) {
    return ALLOWED.get(name);
  }

  private static Map<String, Object> allowed() {
    Map<String, Object> allowed = new HashMap<>();
    for (String core : new String[] {"numpy.core", "numpy._core"}) {
      put(allowed, core + ".multiarray._reconstruct", NumpyGlobals::reconstruct);
      put(allowed, core + ".multiarray.scalar", NumpyGlobals::scalar);
      put(allowed, core + ".numeric._frombuffer", NumpyGlobals::fromBuffer);
    }
    put(allowed, "numpy.dtype", NumpyGlobals::type);
    allowed.put("numpy.ndarray", ArrayClass.NDARRAY);
    put(allowed, "_codecs.encode", NumpyGlobals::encode);
    put(allowed, "collections.OrderedDict", NumpyGlobals::dict);
    for (String builtins : new String[] {"builtins", "__builtin__"}) {
      put(allowed, builtins + ".tuple", NumpyGlobals::tuple);
      put(allowed, builtins + ".bytes", NumpyGlobals::noBytes);
    }
    return Map.copyOf(allowed);
  }

  private static void put(Map<String, Object> allowed, String name, Pickle.Callable callable) {
    allowed.put(name, callable);
  }

  /** (ndarray, (0,), b'b'): an empty array, whose state follows. */
  private static Object reconstruct(PickleTuple arguments) {
    arguments.expectSize(3, 3, "_reconstruct").get(0, ArrayClass.class);
    return new NumpyArray();
  }

  /** (data, dtype, shape, 'C' or 'F'): protocol 5. */
  private static Object fromBuffer(PickleTuple arguments) {
    arguments.expectSize(4, 4, "_frombuffer");
    boolean columnMajor = arguments.get(3, String.class).equals("F");
    NumpyArray array = new NumpyArray();
    array.fill(
        arguments.get(2, PickleTuple.class),
        arguments.get(1, NumpyType.class),
        columnMajor,
        arguments.get(0));
    return array;
  }

  private static Object scalar(PickleTuple arguments) {
    arguments.expectSize(2, 2, "scalar").get(0, NumpyType.class);
    return Scalar.IGNORED;
  }

  /** ('f4', align, copy). */
  private static Object type(PickleTuple arguments) {
    return new NumpyType(arguments.expectSize(1, 3, "dtype").get(0, String.class));
  }

  private static Object encode(PickleTuple arguments) {
    String codec = arguments.expectSize(2, 2, "encode").get(1, String.class);
    if (!codec.equals("latin1")) {
      throw new CheckpointException("pickle: encoding " + Quote.of(codec) + ", expected latin1");
    }
    return new Latin1(arguments.get(0, String.class));
  }

  private static Object dict(PickleTuple arguments) {
    arguments.expectSize(0, 0, "OrderedDict");
    return new PickleDict();
  }

  private static Object tuple(PickleTuple arguments) {
    return arguments.expectSize(1, 1, "tuple").get(0, PickleTuple.class);
  }

  private static Object noBytes(PickleTuple arguments) {
    arguments.expectSize(0, 0, "bytes");
    return new Latin1("");
  }
}
