package io.github.cvt4j.weights;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A list of a pickle, compared by identity. */
final class PickleList {

  private final List<Object> items = new ArrayList<>(0);

  void add(Object item) {
    items.add(item);
  }

  void addAll(List<Object> more) {
    items.addAll(more);
  }

  List<Object> items() {
    return Collections.unmodifiableList(items);
  }
}
