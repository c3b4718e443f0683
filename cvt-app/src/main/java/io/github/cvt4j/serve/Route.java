package io.github.cvt4j.serve;

import java.util.List;
import java.util.Set;

/**
 * One thing that can be asked for.
 *
 * @param path parts between slashes; {@code {name}} stands for any
 * @param parameters of the address, all optional
 */
record Route(String method, String path, Set<String> parameters, Guard guard, Action action) {

  /** Who may ask. */
  enum Guard {
    /** Anybody. */
    NONE,
    /** Who has the token, if there is one. */
    USER,
    /** Who has the administrator's token. */
    ADMIN
  }

  /** Answers, at once or later; what it throws becomes the answer. */
  @FunctionalInterface
  interface Action {

    /**
     * Answers.
     *
     * @param name what stood for {@code {name}}; empty if the path has none
     */
    void answer(Exchange exchange, Query query, String name);
  }

  Route {
    parameters = Set.copyOf(parameters);
  }

  /** Whether a path is this route's. */
  boolean matches(String asked) {
    return name(asked) != null;
  }

  /** What stands for {@code {name}}, empty if nothing does; null if the path is another. */
  String name(String asked) {
    List<String> own = List.of(path.split("/", -1));
    List<String> other = List.of(asked.split("/", -1));
    if (own.size() != other.size()) {
      return null;
    }
    String name = "";
    for (int i = 0; i < own.size(); i++) {
      if (own.get(i).equals("{name}") && !other.get(i).isEmpty()) {
        name = other.get(i);
      } else if (!own.get(i).equals(other.get(i))) {
        return null;
      }
    }
    return name;
  }
}
