package io.github.cvt4j.infer;

import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.tensor.Tokens;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.StateDict;
import java.util.LinkedHashMap;
import java.util.Map;

/** Learned position embeddings of a checkpoint on the grid of a model for another resolution. */
final class PositionEmbeddings {

  private PositionEmbeddings() {}

  /**
   * The checkpoint with its position embeddings [1, C, h, w] resized, bicubic, to the shapes of the
   * layout; all else, and what has other channels, stays.
   */
  static StateDict fitted(StateDict state, Map<String, long[]> layout) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>(state.tensors());
    layout.forEach(
        (name, shape) -> {
          HostTensor tensor = tensors.get(name);
          if (name.endsWith(".pos_embed") && tensor != null && onAnotherGrid(tensor, shape)) {
            tensors.put(name, resized(tensor, shape));
          }
        });
    return new StateDict(tensors, state.metadata());
  }

  private static boolean onAnotherGrid(HostTensor tensor, long[] shape) {
    long[] own = tensor.shape();
    return tensor.dtype().isFloat()
        && own.length == 4
        && own[1] == shape[1]
        && tensor.elements() > 0
        && !tensor.hasShape(shape);
  }

  private static HostTensor resized(HostTensor tensor, long[] shape) {
    try (Scope scope = Scope.open()) {
      return Tensors.host(Tokens.positions(Tensors.of(tensor.toF32()), shape[2], shape[3]));
    }
  }
}
