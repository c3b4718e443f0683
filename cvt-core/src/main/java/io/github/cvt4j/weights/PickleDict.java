package io.github.cvt4j.weights;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A dict or OrderedDict of a pickle. Keys are text and numbers only, so that putting one in never
 * walks a graph; the dict itself is compared by identity.
 */
final class PickleDict {

  private final Map<Object, Object> entries = new LinkedHashMap<>();

  void put(Object key, Object value) {
    if (!(key instanceof String || key instanceof Number)) {
      throw new CheckpointException(
          "pickle: %s as a dict's key, expected text or a number".formatted(Pickle.describe(key)));
    }
    entries.put(key, value);
  }

  /** The value, or null if there is none. */
  Object get(String key) {
    return entries.get(key);
  }

  Map<Object, Object> entries() {
    return Collections.unmodifiableMap(entries);
  }
}
