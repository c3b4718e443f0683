package io.github.cvt4j.train;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A record's values by their paths, such as {@code optimizer.weightDecay}. */
final class Settings {

  private Settings() {}

  /** All values in records of records; where a record is one of several kinds, its name too. */
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
        if (component.getType().isInterface()) {
          nameKind(below + component.getName(), inner, into);
        }
        flatten(below + component.getName(), inner, into);
      }
    } else if (value instanceof List<?> list && list.stream().allMatch(Record.class::isInstance)) {
      into.put(below + "size", Integer.toString(list.size()));
      for (int i = 0; i < list.size(); i++) {
        nameKind(below + i, list.get(i), into);
        flatten(below + i, list.get(i), into);
      }
    } else if (value instanceof Optional<?> optional) {
      into.put(path, optional.isPresent() ? "set" : "not set");
      optional.ifPresent(present -> flatten(path, present, into));
    } else {
      into.put(path, String.valueOf(value));
    }
  }

  private static void nameKind(String path, Object value, Map<String, String> into) {
    if (value instanceof Record) {
      into.put(path, value.getClass().getSimpleName());
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
