package io.github.cvt4j.serve;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.serve.Route.Guard;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;

/** Which models there are, and others instead. Thread-safe. */
final class ModelRoutes {

  private static final ObjectMapper READER =
      JsonMapper.builder(Json.FACTORY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Models models;
  private final ModelLoader loader;
  private final Bodies bodies;

  ModelRoutes(Models models, ModelLoader loader, Bodies bodies) {
    this.models = models;
    this.loader = loader;
    this.bodies = bodies;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "GET", "/v1/models", Set.of(), Guard.USER, (exchange, query, name) -> list(exchange)),
        new Route(
            "POST", "/v1/models", Set.of(), Guard.ADMIN, (exchange, query, name) -> load(exchange)),
        new Route(
            "DELETE",
            "/v1/models/{name}",
            Set.of(),
            Guard.ADMIN,
            (exchange, query, name) -> unload(exchange, name)));
  }

  private record Listing(List<Entry> models) {}

  private record Entry(
      String name, @JsonProperty("default") boolean first, @JsonUnwrapped ModelCard card) {}

  private void list(Exchange exchange) {
    List<ServedModel> loaded = models.list();
    List<Entry> entries = new ArrayList<>();
    for (ServedModel model : loaded) {
      entries.add(new Entry(model.name(), entries.isEmpty(), model.card()));
    }
    exchange.json(200, new Listing(entries));
  }

  /**
   * What to load.
   *
   * @param weights a file of the server's, {@code hf:owner/name[@revision]} or an https address
   * @param model a variant or spec file for weights that do not say what they are; may be null
   */
  private record Wanted(
      @JsonProperty(required = true) String name,
      @JsonProperty(required = true) String weights,
      String model) {}

  @SuppressWarnings("FutureReturnValueIgnored") // it ends in an answer, whatever happens
  private void load(Exchange exchange) {
    String type = exchange.request().getHeaders().get(HttpHeader.CONTENT_TYPE);
    if (type == null || !Uploads.bare(type).equals("application/json")) {
      throw Problem.of(415, "expected application/json: {\"name\": ..., \"weights\": ...}");
    }
    bodies
        .read(exchange.request())
        .thenCompose(
            body -> {
              try (body) {
                Wanted wanted = parse(body.bytes());
                return loader.loadLater(wanted.name(), source(wanted));
              }
            })
        .whenComplete(
            (model, failure) -> {
              if (failure == null) {
                exchange.json(201, new Entry(model.name(), models.isFirst(model), model.card()));
              } else {
                exchange.fail(failure);
              }
            });
  }

  private static Wanted parse(byte[] body) {
    try {
      Wanted wanted = READER.readValue(body, Wanted.class);
      if (wanted == null
          || wanted.name() == null
          || wanted.weights() == null
          || wanted.weights().isBlank()) {
        throw Problem.of(400, "expected {\"name\": ..., \"weights\": ...}");
      }
      if (!Models.NAME.matcher(wanted.name()).matches()) {
        throw Problem.of(400, "a name of a model is 1 to 64 letters, digits, '.', '_' and '-'");
      }
      return wanted;
    } catch (JsonProcessingException e) {
      throw Problem.of(
          400,
          "expected {\"name\": ..., \"weights\": ...}: "
              + e.getOriginalMessage().lines().findFirst().orElse(""));
    } catch (IOException e) {
      throw new IllegalStateException(e); // there is no file behind it
    }
  }

  private static ModelSource source(Wanted wanted) {
    return new ModelSource(
        Optional.ofNullable(wanted.model()),
        List.of(),
        Optional.of(wanted.weights()),
        List.of(),
        0);
  }

  private void unload(Exchange exchange, String name) {
    if (models.remove(name).isEmpty()) {
      throw Problem.of(404, "no model '%s'".formatted(name));
    }
    exchange.done();
  }
}
