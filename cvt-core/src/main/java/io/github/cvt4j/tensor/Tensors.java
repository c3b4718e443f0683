package io.github.cvt4j.tensor;

import io.github.cvt4j.weights.DType;
import io.github.cvt4j.weights.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Between Java's memory and libtorch's. Tensors made here belong to the innermost {@link Scope};
 * all are dense, on the CPU and without gradient.
 */
public final class Tensors {

  private Tensors() {}

  /** An uninitialised tensor. */
  public static Tensor empty(ScalarType type, long... shape) {
    return torch.empty(
        shape, new TensorOptions(type), new org.bytedeco.pytorch.MemoryFormatOptional());
  }

  /** A float32 tensor of one value. */
  public static Tensor full(double value, long... shape) {
    Tensor tensor = empty(ScalarType.Float, shape);
    tensor.fill_(new Scalar(value));
    return tensor;
  }

  /** A float32 tensor with a copy of the array. */
  public static Tensor of(float[] values, long... shape) {
    Tensor tensor = empty(ScalarType.Float, shape);
    requireElements(tensor, values.length);
    new FloatPointer(tensor.data_ptr()).put(values);
    return tensor;
  }

  /** An int64 tensor with a copy of the array. */
  public static Tensor of(long[] values, long... shape) {
    Tensor tensor = empty(ScalarType.Long, shape);
    requireElements(tensor, values.length);
    new LongPointer(tensor.data_ptr()).put(values);
    return tensor;
  }

  /**
   * A float32 tensor with a copy of what is between the buffer's position and limit; the position
   * stays.
   */
  public static Tensor of(FloatBuffer values, long... shape) {
    Tensor tensor = empty(ScalarType.Float, shape);
    requireElements(tensor, values.remaining());
    new FloatPointer(tensor.data_ptr())
        .capacity(values.remaining())
        .asBuffer()
        .put(values.duplicate());
    return tensor;
  }

  /** A tensor of the same type with a copy of the data. */
  public static Tensor of(HostTensor host) {
    Tensor tensor = empty(scalarType(host.dtype()), host.shape());
    copy(host.data(), tensor);
    return tensor;
  }

  /** A copy of a tensor's data, in its own type; any strides. */
  public static HostTensor host(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      Tensor dense = tensor.detach().contiguous();
      DType type = dtype(dense.scalar_type());
      long bytes = dense.numel() * type.bytes();
      ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
      if (bytes > 0) {
        copy.put(bytes(dense, bytes)).flip();
      }
      return new HostTensor(type, shape(tensor), copy);
    }
  }

  /**
   * A tensor's data without a copy, for writing it to a file: valid as long as the tensor lives,
   * and changing as it does.
   *
   * @param tensor dense and row-major
   */
  public static HostTensor shared(Tensor tensor) {
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException("a tensor with gaps cannot be shared");
    }
    DType type = dtype(tensor.scalar_type());
    return new HostTensor(type, shape(tensor), bytes(tensor, tensor.numel() * type.bytes()));
  }

  /** A tensor's values as floats, row-major, whatever its float type and strides. */
  public static float[] floats(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      Tensor dense = tensor.detach().to(ScalarType.Float).contiguous();
      float[] values = new float[Math.toIntExact(dense.numel())];
      new FloatPointer(dense.data_ptr()).get(values);
      return values;
    }
  }

  /** A tensor's values as integers, row-major. */
  public static long[] longs(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      Tensor dense = tensor.detach().to(ScalarType.Long).contiguous();
      long[] values = new long[Math.toIntExact(dense.numel())];
      new LongPointer(dense.data_ptr()).get(values);
      return values;
    }
  }

  /** A tensor's sizes. */
  public static long[] shape(Tensor tensor) {
    long[] shape = new long[(int) tensor.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = tensor.size(i);
    }
    return shape;
  }

  /**
   * Overwrites a tensor's values, converting between float types.
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public static void assign(Tensor target, HostTensor values) {
    if (!values.hasShape(shape(target))) {
      throw new IllegalArgumentException(values + " does not fit " + target.sizes());
    }
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.enter()) {
      target.copy_(of(values));
    }
  }

  /** Tensors as the list that libtorch's operators take. */
  public static TensorVector list(Tensor... tensors) {
    return new TensorVector(tensors);
  }

  /** The tensor as an optional argument; null becomes an absent one. */
  public static TensorOptional optional(Tensor tensor) {
    return tensor == null ? new TensorOptional() : new TensorOptional(tensor);
  }

  /** No type given: the operator keeps its input's. */
  public static ScalarTypeOptional sameType() {
    return new ScalarTypeOptional();
  }

  private static ScalarType scalarType(DType type) {
    return switch (type) {
      case F64 -> ScalarType.Double;
      case F32 -> ScalarType.Float;
      case F16 -> ScalarType.Half;
      case BF16 -> ScalarType.BFloat16;
      case I64 -> ScalarType.Long;
      case I32 -> ScalarType.Int;
      case I16 -> ScalarType.Short;
      case I8 -> ScalarType.Char;
      case U8 -> ScalarType.Byte;
      case BOOL -> ScalarType.Bool;
    };
  }

  private static DType dtype(ScalarType type) {
    for (DType candidate : DType.values()) {
      if (scalarType(candidate) == type.intern()) {
        return candidate;
      }
    }
    throw new IllegalArgumentException("tensors of type " + type + " have no counterpart in Java");
  }

  private static void copy(ByteBuffer from, Tensor to) {
    if (from.hasRemaining()) {
      bytes(to, from.remaining()).put(from);
    }
  }

  private static ByteBuffer bytes(Tensor dense, long count) {
    Pointer data = dense.data_ptr();
    return new BytePointer(data).capacity(count).asByteBuffer();
  }

  private static void requireElements(Tensor tensor, long count) {
    if (tensor.numel() != count) {
      throw new IllegalArgumentException(
          "%d values do not fill a tensor of %d".formatted(count, tensor.numel()));
    }
  }
}
