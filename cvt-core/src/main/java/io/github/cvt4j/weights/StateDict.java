package io.github.cvt4j.weights;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Named tensors in order, and the file's metadata. Immutable; safe to share between threads. Data
 * of mapped files stays mapped while any tensor of it is reachable.
 *
 * @param tensors by name, in the file's order
 * @param metadata strings that the format carries beside the tensors; may be empty
 */
public record StateDict(Map<String, HostTensor> tensors, Map<String, String> metadata) {

  public StateDict {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /** Tensors without metadata. */
  public StateDict(Map<String, HostTensor> tensors) {
    this(tensors, Map.of());
  }

  /**
   * The tensor of that name.
   *
   * @throws CheckpointException if there is none
   */
  public HostTensor get(String name) {
    HostTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new CheckpointException("the checkpoint has no tensor '" + name + "'");
    }
    return tensor;
  }

  /** The names, in order. */
  public Set<String> names() {
    return tensors.keySet();
  }

  /** The same tensors with other metadata. */
  public StateDict withMetadata(Map<String, String> other) {
    return new StateDict(tensors, other);
  }
}
