package io.github.cvt4j.weights;

import java.util.List;

/**
 * A tuple of a pickle. Compared by identity: its items may form graphs that take forever to walk.
 */
final class PickleTuple {

  /** More dimensions than weights ever have; keeps what one opcode can allocate small. */
  private static final int MAX_RANK = 16;

  private final Object[] items;

  PickleTuple(Object... items) {
    this.items = items;
  }

  static PickleTuple of(List<?> items) {
    return new PickleTuple(items.toArray());
  }

  int size() {
    return items.length;
  }

  Object get(int index) {
    if (index >= items.length) {
      throw new CheckpointException(
          "pickle: expected at least %d values, found %d".formatted(index + 1, items.length));
    }
    return items[index];
  }

  /**
   * @throws CheckpointException if there is no such item or it is of another type
   */
  <T> T get(int index, Class<T> type) {
    Object item = get(index);
    if (!type.isInstance(item)) {
      throw new CheckpointException(
          "pickle: value %d is %s, expected %s"
              .formatted(index, Pickle.describe(item), Pickle.describe(type)));
    }
    return type.cast(item);
  }

  /** The items as sizes, strides or the like. */
  long[] longs() {
    if (items.length > MAX_RANK) {
      throw new CheckpointException("pickle: a tensor of " + items.length + " dimensions");
    }
    long[] values = new long[items.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(i, Long.class);
    }
    return values;
  }

  /**
   * @throws CheckpointException if the number of items is not in the range
   */
  PickleTuple expectSize(int least, int most, String where) {
    if (items.length < least || items.length > most) {
      throw new CheckpointException(
          "pickle: %s with %d values, expected %d to %d"
              .formatted(where, items.length, least, most));
    }
    return this;
  }
}
