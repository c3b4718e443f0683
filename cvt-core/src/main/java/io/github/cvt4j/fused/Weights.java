package io.github.cvt4j.fused;

import io.github.cvt4j.tensor.Processor;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.Quantization.Range;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What an engine is built from, and the owner of everything native that it is made into. Several
 * threads may build parts of it at once.
 */
final class Weights implements AutoCloseable {

  private final Map<String, HostTensor> tensors;
  private final ComputeType type;
  private final Kernels kernels;
  private final AttentionKernel attention;
  private final Quantization quantization;
  private final int largestInput;
  private final LinearObserver observer; // or null
  private final Set<String> rounded = ConcurrentHashMap.newKeySet(); // layers in integers
  private final Queue<Tensor> owned = new ConcurrentLinkedQueue<>();
  private final Queue<IValue> arguments = new ConcurrentLinkedQueue<>();

  /**
   * @param tensors by microsoft's names
   * @param type of weights and activations
   * @param quantization for {@link ComputeType#INT8}
   * @param largestInput number of a range's upper end
   * @param observer sees what goes into linear layers; null if nobody looks
   */
  Weights(
      Map<String, HostTensor> tensors,
      ComputeType type,
      Kernels kernels,
      AttentionKernel attention,
      Quantization quantization,
      int largestInput,
      LinearObserver observer) {
    this.tensors = tensors;
    this.type = type;
    this.kernels = kernels;
    this.attention = attention;
    this.quantization = quantization;
    this.largestInput = largestInput;
    this.observer = observer;
  }

  /** On the kernels that are fastest here. */
  static Weights onFastest(
      Map<String, HostTensor> tensors, ComputeType type, Quantization quantization) {
    return onFastest(tensors, type, quantization, /* observer= */ null);
  }

  /** In integers as every processor can compute them. */
  static Weights portable(Map<String, HostTensor> tensors, Quantization quantization) {
    return new Weights(
        tensors,
        ComputeType.INT8,
        Kernels.PLAIN,
        AttentionKernel.PRODUCTS,
        quantization,
        Quantization.LARGEST_INPUT,
        /* observer= */ null);
  }

  /** In single precision, for somebody who looks. */
  static Weights observed(Map<String, HostTensor> tensors, LinearObserver observer) {
    return onFastest(tensors, ComputeType.FP32, Quantization.NONE, observer);
  }

  private static Weights onFastest(
      Map<String, HostTensor> tensors,
      ComputeType type,
      Quantization quantization,
      LinearObserver observer) {
    Processor here = Processor.here();
    return new Weights(
        tensors,
        type,
        Kernels.best(type, here),
        AttentionKernel.best(type, here),
        quantization,
        Rounding.largest(here),
        observer);
  }

  ComputeType type() {
    return type;
  }

  Kernels kernels() {
    return kernels;
  }

  /**
   * How the input of layers that share one becomes bytes; null if one of them is not multiplied in
   * integers.
   *
   * @param layers their names in the reference
   * @param unit what 1 in the reference is here
   */
  Rounding rounding(List<String> layers, double unit) {
    if (type != ComputeType.INT8 || !quantization.inputs().keySet().containsAll(layers)) {
      return null;
    }
    Range range =
        layers.stream().map(quantization.inputs()::get).reduce(Range::union).orElseThrow();
    return Rounding.of(range.times(unit), largestInput);
  }

  /**
   * A linear layer of the engine's type.
   *
   * @param layers the reference's whose rows it has; they share their input
   * @param unit what 1 in their input is here
   * @param weight [out, in], in single precision
   * @param bias [out], or null
   * @param output what the next layer's input is rounded to, if it may come rounded; null for
   *     floats
   */
  FusedLinear linear(
      List<String> layers, double unit, Tensor weight, Tensor bias, Rounding output) {
    Rounding input = rounding(layers, unit);
    if (input != null) {
      rounded.addAll(layers);
    }
    FusedLinear linear =
        input == null
            ? kernels.linear(this, weight, bias)
            : kernels.int8(this, weight, bias, input, output);
    if (observer == null) {
      return linear;
    }
    Tensor seen = adopt(weight.clone());
    return new ObservedLinear(linear, x -> observer.input(layers, unit, seen, x));
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

  /**
   * Checks that all layers that were to be multiplied in integers are.
   *
   * @throws CheckpointException naming one that the network does not have, or that shares its input
   *     with another that is not among them
   */
  void requireAllRounded() {
    if (type != ComputeType.INT8) {
      return;
    }
    for (String layer : quantization.inputs().keySet()) {
      if (!rounded.contains(layer)) {
        throw new CheckpointException(
            "quantized layer '%s': no linear layer of a block, or one that shares its input with others that are not quantized"
                .formatted(layer));
      }
    }
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
