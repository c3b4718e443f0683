package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Processor;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What an engine is built from, and the owner of everything native that it is made into. */
final class Weights implements AutoCloseable {

  private final Map<String, HostTensor> tensors;
  private final ComputeType type;
  private final Kernels kernels;
  private final AttentionKernel attention;
  private final List<Tensor> owned = new ArrayList<>();
  private final List<IValue> arguments = new ArrayList<>();

  /**
   * @param tensors by microsoft's names
   * @param type of weights and activations
   */
  Weights(
      Map<String, HostTensor> tensors,
      ComputeType type,
      Kernels kernels,
      AttentionKernel attention) {
    this.tensors = tensors;
    this.type = type;
    this.kernels = kernels;
    this.attention = attention;
  }

  /** On the kernels that are fastest here. */
  static Weights onFastest(Map<String, HostTensor> tensors, ComputeType type) {
    AttentionKernel attention = AttentionKernel.best(type, Processor.here());
    return new Weights(tensors, type, Kernels.best(), attention);
  }

  ComputeType type() {
    return type;
  }

  Kernels kernels() {
    return kernels;
  }

  AttentionKernel attention() {
    return attention;
  }

  /** A copy of a tensor in single precision, in the caller's scope. */
  Tensor read(String name) {
    return Tensors.of(tensors.get(name)).to(ScalarType.Float);
  }

  /** The same in double precision, for folding. */
  Tensor readExactly(String name) {
    return Tensors.of(tensors.get(name)).to(ScalarType.Double);
  }

  /** Rounds a tensor to the engine's type, once, and keeps it until this is closed. */
  Tensor own(Tensor folded) {
    return own(folded, type.scalar());
  }

  /** The same in single precision whatever the engine's type. */
  Tensor ownSingle(Tensor folded) {
    return own(folded, ScalarType.Float);
  }

  private Tensor own(Tensor folded, ScalarType as) {
    Tensor tensor = Scope.keep(Scope.only(() -> folded.to(as).contiguous()));
    owned.add(tensor);
    return tensor;
  }

  /** Keeps a tensor as it is. */
  Tensor adopt(Tensor tensor) {
    owned.add(Scope.keep(tensor));
    return tensor;
  }

  /** A tensor as an argument that may be used again and again. */
  IValue argument(Tensor tensor) {
    return constant(tensor == null ? new IValue() : new IValue(tensor));
  }

  /** Keeps an argument. */
  IValue constant(IValue value) {
    arguments.add(Scope.keep(value));
    return value;
  }

  @Override
  public void close() {
    arguments.forEach(Scope::release);
    owned.forEach(Scope::release);
    arguments.clear();
    owned.clear();
  }
}
