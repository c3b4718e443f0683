package io.github.cvt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * An array that Paddle cut into flat parts. Never compared.
 *
 * @param shape of the whole
 * @param parts in order
 */
@SuppressWarnings("ArrayRecordComponent")
record JoinedTensor(long[] shape, List<PickledTensor> parts) implements PickledTensor {

  JoinedTensor {
    if (parts.isEmpty()) {
      throw new CheckpointException("an array of no slices");
    }
  }

  @Override
  public DType dtype() {
    return parts.get(0).dtype();
  }

  @Override
  public HostTensor dense() {
    long bytes = HostTensor.byteSize(dtype(), shape);
    long available = 0;
    for (PickledTensor part : parts) {
      if (part.dtype() != dtype()) {
        throw new CheckpointException("slices of types " + dtype() + " and " + part.dtype());
      }
      available = Math.addExact(available, HostTensor.byteSize(dtype(), part.shape()));
    }
    if (bytes != available || bytes > Integer.MAX_VALUE) {
      throw new CheckpointException(
          "shape %s takes %d bytes, but its slices have %d (at most 2 GiB)"
              .formatted(Arrays.toString(shape), bytes, available));
    }
    ByteBuffer whole = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    parts.forEach(part -> whole.put(part.dense().data()));
    return new HostTensor(dtype(), shape, whole.flip());
  }
}
