package io.github.cvt4j.train;

import io.github.cvt4j.nn.Parameters;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.HostTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** One tensor of optimizer state for each parameter that is optimised. */
final class Slots implements AutoCloseable {

  private final String prefix;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /**
   * @param name what the state is, such as {@code momentum}
   * @param initial value of all of it
   */
  Slots(String name, double initial, Parameters parameters, List<ParameterGroup> groups) {
    prefix = name + ".";
    try (Scope scope = Scope.open()) {
      for (ParameterGroup group : groups) {
        for (String parameter : group.names()) {
          long[] shape = Tensors.shape(parameters.get(parameter));
          tensors.put(parameter, Scope.keep(Tensors.full(initial, shape)));
        }
      }
    }
  }

  List<Tensor> of(ParameterGroup group) {
    return group.names().stream().map(tensors::get).toList();
  }

  Tensor of(String parameter) {
    return tensors.get(parameter);
  }

  /** Adds views of the state, not copies. */
  void putInto(Map<String, HostTensor> state) {
    tensors.forEach((name, tensor) -> state.put(prefix + name, Tensors.shared(tensor)));
  }

  void load(Map<String, HostTensor> state) {
    tensors.forEach((name, tensor) -> assign(tensor, prefix + name, state));
  }

  /** Overwrites a tensor with an entry of a saved state. */
  static void assign(Tensor tensor, String name, Map<String, HostTensor> state) {
    HostTensor value = state.get(name);
    if (value == null) {
      throw new CheckpointException("the optimizer's state has no '" + name + "'");
    }
    long[] shape = Tensors.shape(tensor);
    if (!value.hasShape(shape)) {
      throw new CheckpointException(
          "the optimizer's state '%s' has shape %s, expected %s"
              .formatted(name, Arrays.toString(value.shape()), Arrays.toString(shape)));
    }
    Tensors.assign(tensor, value);
  }

  @Override
  public void close() {
    tensors.values().forEach(Scope::release);
    tensors.clear();
  }
}
