package io.github.cvt4j.nn;

import io.github.cvt4j.tensor.NoGrad;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * A model's tensors under their checkpoint names: parameters, which are trained, and buffers, which
 * are not. Owns them; {@link #close} frees them.
 */
public final class Parameters implements AutoCloseable {

  private final Map<String, Tensor> trained = new LinkedHashMap<>();
  private final Map<String, Tensor> buffers = new LinkedHashMap<>();
  private final Map<String, Tensor> all = new LinkedHashMap<>();

  Parameters() {}

  /** A place for names, such as {@code stage0.blocks.1.attn}; modules register below it. */
  record Place(Parameters parameters, String prefix) {

    Place child(String name) {
      return new Place(parameters, prefix.isEmpty() ? name : prefix + "." + name);
    }

    Place child(int index) {
      return child(Integer.toString(index));
    }

    /** A trained float32 tensor. */
    Tensor parameter(String name, Initializer initializer, long... shape) {
      return parameters.register(parameters.trained, child(name).prefix, initializer, shape);
    }

    /** A float32 tensor that is saved but not trained. */
    Tensor buffer(String name, double value, long... shape) {
      return parameters.register(
          parameters.buffers, child(name).prefix, Initializer.constant(value), shape);
    }

    /** A saved int64 counter, 0 at first. */
    Tensor counter(String name) {
      return parameters.add(parameters.buffers, child(name).prefix, Tensors.of(new long[1]));
    }

    /** Frees and forgets a tensor. */
    void remove(String name) {
      String key = child(name).prefix;
      parameters.trained.remove(key);
      Scope.release(parameters.all.remove(key));
    }
  }

  Place root() {
    return new Place(this, "");
  }

  private Tensor register(
      Map<String, Tensor> kind, String name, Initializer initializer, long... shape) {
    try (Scope scope = Scope.open()) {
      Tensor tensor = Tensors.full(0, shape);
      try (NoGrad noGrad = NoGrad.enter()) {
        initializer.fill(tensor);
      }
      if (kind == trained) {
        tensor.set_requires_grad(true);
      }
      return add(kind, name, tensor);
    }
  }

  private Tensor add(Map<String, Tensor> kind, String name, Tensor tensor) {
    Tensor previous = all.put(name, tensor);
    if (previous != null) {
      throw new IllegalStateException("two tensors named " + name);
    }
    kind.put(name, tensor);
    return Scope.keep(tensor);
  }

  /** What is trained, by name, in the order of the state dict. The tensors stay this object's. */
  public Map<String, Tensor> trained() {
    return Collections.unmodifiableMap(trained);
  }

  /** Running statistics, by name. The tensors stay this object's. */
  public Map<String, Tensor> buffers() {
    return Collections.unmodifiableMap(buffers);
  }

  /** Every tensor's name, in the order of the state dict. */
  public Set<String> names() {
    return Collections.unmodifiableSet(all.keySet());
  }

  /** The tensor of that name, or null. It stays this object's. */
  public Tensor get(String name) {
    return all.get(name);
  }

  /**
   * Leaves parameters out of training from now on: they get no gradient, and batch norms among them
   * keep their running statistics. Others are trained again.
   *
   * @param names all that are to be left out; none of them needs to be known
   */
  public void freeze(Collection<String> names) {
    trained.forEach((name, tensor) -> tensor.set_requires_grad(!names.contains(name)));
  }

  /** Number of trained values. */
  public long count() {
    return trained.values().stream().mapToLong(Tensor::numel).sum();
  }

  /** Copies of all tensors, by name. */
  public Map<String, HostTensor> copy() {
    Map<String, HostTensor> copies = new LinkedHashMap<>();
    all.forEach((name, tensor) -> copies.put(name, Tensors.host(tensor)));
    return copies;
  }

  /** All tensors by name, sharing memory with the model: for writing them to a file at once. */
  public Map<String, HostTensor> shared() {
    Map<String, HostTensor> views = new LinkedHashMap<>();
    all.forEach((name, tensor) -> views.put(name, Tensors.shared(tensor)));
    return views;
  }

  /** Drops all gradients. */
  public void zeroGrad() {
    try (Scope scope = Scope.open()) {
      for (Tensor tensor : trained.values()) {
        Tensor none = new Tensor();
        tensor.mutable_grad().put(none);
      }
    }
  }

  @Override
  public void close() {
    all.values().forEach(Scope::release);
    all.clear();
    trained.clear();
    buffers.clear();
  }
}
