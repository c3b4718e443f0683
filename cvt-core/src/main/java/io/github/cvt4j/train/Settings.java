package io.github.cvt4j.train;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A record's values by their paths, such as {@code optimizer.weightDecay}. */
final class Settings {

  private Settings() {}

  /** All values in records of records and lists of these; a choice between records is its name. */
  static Map<String, String> of(Record settings) {
    Map<String, String> values = new LinkedHashMap<>();
    flatten("", settings, values);
    return values;
  }

  private static void flatten(String path, Object value, Map<String, String> into) {
    String below = path.isEmpty() ? "" : path + ".";
    if (value instanceof Record settings) {
      for (RecordComponent component : settings.getClass().getRecordComponents()) {
        Object inner = get(component, settings);
        String name = below + component.getName();
        if (component.getType().isInterface() && inner instanceof Record) {
          into.put(name, inner.getClass().getSimpleName());
        }
        flatten(name, inner, into);
      }
    } else if (value instanceof List<?> list && list.stream().allMatch(Record.class::isInstance)) {
      into.put(below + "size", Integer.toString(list.size()));
      for (int i = 0; i < list.size(); i++) {
        flatten(below + i, list.get(i), into);
      }
    } else {
      into.put(path, String.valueOf(value));
    }
  }

  private static Object get(RecordComponent component, Record settings) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(settings);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
