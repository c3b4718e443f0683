package io.github.cvt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.function.Supplier;

/**
 * All that a pickle of PyTorch may name: tensors' rebuilders, storage types and two containers
 * ({@code torch/_utils.py}, {@code torch/serialization.py}).
 */
final class TorchGlobals {

  private TorchGlobals() {}

  /** A type such as {@code torch.FloatStorage}, only ever mentioned in persistent ids. */
  record StorageType(DType dtype) {}

  /**
   * A storage or a part of one.
   *
   * @param offset of the part, in elements
   * @param elements that belong to it
   * @param bytes the whole storage's, fetched when a tensor is made dense
   * @param order of an element's bytes
   */
  record Storage(
      DType dtype, long offset, long elements, Supplier<ByteBuffer> bytes, ByteOrder order) {

    Storage {
      if (offset < 0 || elements < 0 || offset > Long.MAX_VALUE / 16 - elements) {
        throw new CheckpointException("a storage of %d elements at %d".formatted(elements, offset));
      }
    }

    ByteBuffer data() {
      int width = dtype.bytes();
      ByteBuffer all = bytes.get();
      if ((offset + elements) * width > all.remaining()) {
        throw new CheckpointException(
            "a storage of %d elements of %s, but it has %d bytes"
                .formatted(offset + elements, dtype, all.remaining()));
      }
      return all.slice((int) (offset * width), (int) (elements * width));
    }
  }

  /** A view of a storage. Never compared. */
  @SuppressWarnings("ArrayRecordComponent")
  private record View(Storage storage, long offset, long[] shape, long[] strides)
      implements PickledTensor {

    @Override
    public DType dtype() {
      return storage.dtype();
    }

    @Override
    public HostTensor dense() {
      return new Strided(dtype(), shape, strides, offset, storage.data(), storage.order()).dense();
    }
  }

  private static final Pickle.Callable ORDERED_DICT =
      arguments -> {
        arguments.expectSize(0, 0, "OrderedDict");
        return new PickleDict();
      };

  private static final Map<String, Object> ALLOWED =
      Map.ofEntries(
          Map.entry("collections.OrderedDict", ORDERED_DICT),
          Map.entry("torch.Size", (Pickle.Callable) TorchGlobals::size),
          Map.entry("torch._utils._rebuild_tensor", (Pickle.Callable) TorchGlobals::tensor),
          Map.entry("torch._utils._rebuild_tensor_v2", (Pickle.Callable) TorchGlobals::tensorV2),
          Map.entry("torch._utils._rebuild_parameter", (Pickle.Callable) TorchGlobals::parameter),
          Map.entry(
              "torch._utils._rebuild_parameter_with_state",
              (Pickle.Callable) TorchGlobals::parameter),
          Map.entry("torch.DoubleStorage", new StorageType(DType.F64)),
          Map.entry("torch.FloatStorage", new StorageType(DType.F32)),
          Map.entry("torch.HalfStorage", new StorageType(DType.F16)),
          Map.entry("torch.BFloat16Storage", new StorageType(DType.BF16)),
          Map.entry("torch.LongStorage", new StorageType(DType.I64)),
          Map.entry("torch.IntStorage", new StorageType(DType.I32)),
          Map.entry("torch.ShortStorage", new StorageType(DType.I16)),
          Map.entry("torch.CharStorage", new StorageType(DType.I8)),
          Map.entry("torch.ByteStorage", new StorageType(DType.U8)),
          Map.entry("torch.BoolStorage", new StorageType(DType.BOOL)));

  /** What {@code module.name} means; null if it is not allowed. */
  static Object find(String name) {
    return ALLOWED.get(name);
  }

  private static Object size(PickleTuple arguments) {
    return arguments.expectSize(1, 1, "torch.Size").get(0, PickleTuple.class);
  }

  /** (storage, offset, size, stride). */
  private static Object tensor(PickleTuple arguments) {
    return view(arguments.expectSize(4, 4, "_rebuild_tensor"));
  }

  /** (storage, offset, size, stride, requires_grad, backward_hooks[, metadata]). */
  private static Object tensorV2(PickleTuple arguments) {
    return view(arguments.expectSize(6, 7, "_rebuild_tensor_v2"));
  }

  private static View view(PickleTuple arguments) {
    long[] shape = arguments.get(2, PickleTuple.class).longs();
    long[] strides = arguments.get(3, PickleTuple.class).longs();
    return new View(arguments.get(0, Storage.class), arguments.get(1, Long.class), shape, strides);
  }

  /** (tensor, requires_grad, backward_hooks[, state]). */
  private static Object parameter(PickleTuple arguments) {
    return arguments.expectSize(3, 4, "_rebuild_parameter").get(0, PickledTensor.class);
  }
}
