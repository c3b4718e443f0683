package io.github.cvt4j.serve;

import io.github.cvt4j.explain.Explainer;
import io.github.cvt4j.explain.Explanation;
import io.github.cvt4j.explain.ExplanationDocument;
import io.github.cvt4j.explain.Method;
import io.github.cvt4j.explain.Overlay;
import io.github.cvt4j.explain.Question;
import io.github.cvt4j.serve.PictureRequests.Work;
import io.github.cvt4j.serve.Route.Guard;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/** Where a model looks. Thread-safe. */
final class ExplainRoutes {

  private static final int TOP = 5;

  private final PictureRequests requests;
  private final Lookers lookers;

  ExplainRoutes(PictureRequests requests, Lookers lookers) {
    this.requests = requests;
    this.lookers = lookers;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "POST",
            "/v1/explain",
            Set.of("model", "method", "stage", "block", "head", "class"),
            Guard.USER,
            (exchange, query, name) -> explain(exchange, query)));
  }

  private void explain(Exchange exchange, Query query) {
    Method method = method(query);
    requests.answer(
        exchange,
        query,
        model -> {
          Explainer explainer = explainer(model);
          Question question = question(query, method, explainer);
          return new Work<>(
              1,
              files -> lookers.look(model, explainer, question, files.get(0)),
              look -> document(model, explainer, look));
        });
  }

  private static Explainer explainer(ServedModel model) {
    return model
        .explainer()
        .orElseThrow(
            () ->
                Problem.of(
                    422, "model '%s' is served without looks inside".formatted(model.name())));
  }

  private static Map<String, Object> document(
      ServedModel model, Explainer explainer, Explanation look) {
    Overlay overlay = look.overlays().get(0);
    model.requireFinite(overlay.values());
    look.predictions().forEach(likely -> model.requireFinite(likely.probability()));
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("model", model.name());
    document.put("method", key(overlay.question().method()));
    document.putAll(ExplanationDocument.of(explainer, look, TOP));
    document.put("map", ExplanationDocument.map(overlay));
    return document;
  }

  private static String key(Method method) {
    return method.name().toLowerCase(Locale.ROOT);
  }

  private static Method method(Query query) {
    Map<String, Method> methods = new LinkedHashMap<>();
    for (Method method : Method.values()) {
      methods.put(key(method), method);
    }
    String name = query.text("method").orElse(key(Method.ATTENTION));
    Method method = methods.get(name);
    if (method == null) {
      throw Problem.of(400, "method=%s: expected one of %s".formatted(name, methods.keySet()));
    }
    return method;
  }

  /** Refused before the picture is read, if the model cannot answer it. */
  private static Question question(Query query, Method method, Explainer explainer) {
    OptionalInt open = OptionalInt.empty();
    Question place =
        explainer.complete(
            new Question(
                method,
                number(query, "stage"),
                number(query, "block"),
                open,
                Optional.empty(),
                open));
    int heads = explainer.stages().get(place.stage().orElseThrow()).heads();
    Optional<Integer> head =
        query.text("head").filter(text -> !text.equals("mean")).map(text -> head(text, heads));
    Optional<Integer> category = query.text("class").map(text -> category(text, explainer));
    Question question = head.map(place::ofHead).orElse(place);
    return explainer.complete(category.map(question::ofClass).orElse(question));
  }

  private static int head(String text, int heads) {
    return IntStream.range(0, heads)
        .filter(h -> Integer.toString(h).equals(text))
        .findFirst()
        .orElseThrow(
            () -> Problem.of(400, "head=%s: expected mean or 0 to %d".formatted(text, heads - 1)));
  }

  private static int category(String text, Explainer explainer) {
    int classes = explainer.spec().numClasses();
    return explainer
        .classIndex(text)
        .orElseThrow(
            () ->
                Problem.of(
                    400,
                    "class=%s: %s"
                        .formatted(
                            text,
                            classes == 0
                                ? "the model has no classes"
                                : "expected a class's name or 0 to %d".formatted(classes - 1))));
  }

  private static OptionalInt number(Query query, String name) {
    return query.text(name).isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(query.integer(name, 0, 0, Integer.MAX_VALUE));
  }
}
