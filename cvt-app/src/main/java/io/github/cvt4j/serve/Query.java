package io.github.cvt4j.serve;

import io.github.cvt4j.spec.Nearest;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;

/** The parameters of an address; only known ones, and each once. */
final class Query {

  private final Fields fields;

  /**
   * @throws Problem 400 if there are others, or they cannot be read
   */
  Query(Request request, Set<String> known) {
    try {
      fields = Request.extractQueryParameters(request);
    } catch (RuntimeException e) {
      throw Problem.of(400, "the query of the address is not properly encoded");
    }
    for (Fields.Field field : fields) {
      if (!known.contains(field.getName())) {
        throw Problem.of(
            400,
            "unknown parameter '%s'%s"
                .formatted(
                    field.getName(),
                    Nearest.likely(field.getName(), known)
                        .map(near -> "; did you mean '" + near + "'?")
                        .orElse(
                            known.isEmpty()
                                ? "; no parameters are expected"
                                : "; expected " + known)));
      }
      if (field.hasMultipleValues()) {
        throw Problem.of(400, "parameter '%s' stands twice".formatted(field.getName()));
      }
    }
  }

  Optional<String> text(String name) {
    return Optional.ofNullable(fields.getValue(name));
  }

  int integer(String name, int otherwise, int least, int most) {
    String text = fields.getValue(name);
    if (text == null) {
      return otherwise;
    }
    try {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw Problem.of(400, "%s=%s: expected %d to %d".formatted(name, text, least, most));
  }

  boolean flag(String name) {
    return switch (text(name).orElse("false")) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw Problem.of(
              400, "%s=%s: expected true or false".formatted(name, fields.getValue(name)));
    };
  }
}
