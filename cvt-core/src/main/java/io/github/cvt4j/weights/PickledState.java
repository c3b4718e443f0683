package io.github.cvt4j.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the weights in what a pickle held and makes them dense. */
final class PickledState {

  /**
   * Where training programs keep the weights beside their own affairs, the plain ones before moving
   * averages.
   */
  private static final List<String> WRAPPERS =
      List.of(
          "state_dict",
          "model_state_dict",
          "model",
          "module",
          "net",
          "state_dict_ema",
          "model_ema");

  /** What Paddle keeps beside the tensors: structured name to its own parameter name. */
  private static final String PADDLE_NAMES = "StructuredToParameterName@@";

  /** Paddle's list of arrays that were too long for pickle protocols 2 and 3. */
  private static final String PADDLE_SPLITS = "UnpackBigParamInfor@@";

  /**
   * Views may repeat elements (a stride of 0), so that a small file can describe tensors of any
   * size; weights in earnest take hardly more than the file.
   */
  private static final int MOST_BYTES_PER_FILE_BYTE = 4;

  private static final long SPARE_BYTES = 16L << 20;

  private final Map<String, PickledTensor> tensors = new LinkedHashMap<>();

  private PickledState() {}

  /**
   * The state dict in the root object: the root itself, or what stands under one of the usual keys.
   *
   * @param fileSize bounds what the tensors may take in all
   * @throws CheckpointException if there are no tensors, or more bytes of them than the file can
   *     mean
   */
  static StateDict find(Object root, long fileSize) {
    if (!(root instanceof PickleDict dict)) {
      throw new CheckpointException(
          "holds " + Pickle.describe(root) + ", expected a dict of tensors");
    }
    PickledState state = new PickledState();
    state.collect(unwrap(dict));
    return state.dense(MOST_BYTES_PER_FILE_BYTE * fileSize + SPARE_BYTES);
  }

  private static PickleDict unwrap(PickleDict root) {
    for (String key : WRAPPERS) {
      if (root.get(key) instanceof PickleDict inner && holdsTensors(inner)) {
        return inner;
      }
    }
    return root;
  }

  private static boolean holdsTensors(PickleDict dict) {
    return dict.entries().values().stream().anyMatch(value -> tensor(value) != null);
  }

  /** The tensor that a value is, as it is or in Paddle's form (name, tensor); else null. */
  private static PickledTensor tensor(Object value) {
    if (value instanceof PickleTuple pair
        && pair.size() == 2
        && pair.get(0) instanceof String
        && pair.get(1) instanceof PickledTensor tensor) {
      return tensor;
    }
    return value instanceof PickledTensor tensor ? tensor : null;
  }

  private void collect(PickleDict dict) {
    if (!holdsTensors(dict)) {
      throw new CheckpointException(
          "holds no tensors, neither by themselves nor under one of " + WRAPPERS);
    }
    for (Map.Entry<Object, Object> entry : dict.entries().entrySet()) {
      PickledTensor tensor = tensor(entry.getValue());
      if (tensor == null) {
        checkIgnorable(entry.getKey(), entry.getValue());
      } else if (entry.getKey() instanceof String name) {
        tensors.put(name, tensor);
      } else {
        throw new CheckpointException("a tensor's name is " + Pickle.describe(entry.getKey()));
      }
    }
    if (dict.get(PADDLE_SPLITS) instanceof PickleDict splits) {
      Map<String, PickledTensor> joined = new LinkedHashMap<>();
      splits.entries().forEach((name, split) -> join(name, split, joined));
      tensors.putAll(joined);
    }
  }

  /** A container beside tensors is no state dict of any model; half of it must not be dropped. */
  private void checkIgnorable(Object key, Object value) {
    boolean container =
        value instanceof PickleDict || value instanceof PickleList || value instanceof PickleTuple;
    if (container && !PADDLE_NAMES.equals(key) && !PADDLE_SPLITS.equals(key)) {
      throw new CheckpointException(
          "%s is %s, expected a tensor"
              .formatted(
                  key instanceof String name ? Quote.of(name) : Pickle.describe(key),
                  Pickle.describe(value)));
    }
  }

  /** Joined arrays are kept apart: one must not become a slice of the next. */
  private void join(Object name, Object split, Map<String, PickledTensor> joined) {
    if (!(name instanceof String text)
        || !(split instanceof PickleDict info)
        || !(info.get("slices") instanceof PickleList slices)) {
      throw new CheckpointException(PADDLE_SPLITS + ": expected name to OriginShape and slices");
    }
    List<PickledTensor> parts = new ArrayList<>();
    for (Object slice : slices.items()) {
      PickledTensor part = slice instanceof String partName ? tensors.remove(partName) : null;
      if (part == null) {
        throw new CheckpointException(Quote.of(text) + ": one of its slices is missing");
      }
      parts.add(part);
    }
    joined.put(text, new JoinedTensor(shape(info.get("OriginShape")), parts));
  }

  private static long[] shape(Object value) {
    if (value instanceof PickleList list) {
      return PickleTuple.of(list.items()).longs();
    } else if (value instanceof PickleTuple tuple) {
      return tuple.longs();
    }
    throw new CheckpointException(PADDLE_SPLITS + ": expected a shape in OriginShape");
  }

  private StateDict dense(long budget) {
    long left = budget;
    Map<String, HostTensor> result = new LinkedHashMap<>();
    for (Map.Entry<String, PickledTensor> entry : tensors.entrySet()) {
      PickledTensor tensor = entry.getValue();
      try {
        long bytes = HostTensor.byteSize(tensor.dtype(), tensor.shape());
        if (bytes > left) {
          throw new CheckpointException(
              "the tensors up to here take more than %d bytes, too much for a file of this size"
                  .formatted(budget));
        }
        left -= bytes;
        result.put(entry.getKey(), tensor.dense());
      } catch (CheckpointException e) {
        throw new CheckpointException(
            "tensor " + Quote.of(entry.getKey()) + ": " + e.getMessage(), e);
      }
    }
    return new StateDict(result);
  }
}
