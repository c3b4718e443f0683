package io.github.cvt4j.serve;

import io.github.cvt4j.serve.Route.Guard;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How the service is, and what it offers. Thread-safe. */
final class StatusRoutes {

  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPENAPI = "openapi.json";

  private final Models models;
  private final Metrics metrics;
  private final Gate gate;

  /**
   * @param gate closed when the service is about to end
   */
  StatusRoutes(Models models, Metrics metrics, Gate gate) {
    this.models = models;
    this.metrics = metrics;
    this.gate = gate;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/health/live",
            Set.of(),
            Guard.NONE,
            (exchange, query, name) -> exchange.json(200, new Health("live"))),
        new Route(
            "GET",
            "/health/ready",
            Set.of(),
            Guard.NONE,
            (exchange, query, name) -> ready(exchange)),
        new Route(
            "GET",
            "/metrics",
            Set.of(),
            Guard.USER,
            (exchange, query, name) ->
                exchange.answer(
                    200, PROMETHEUS, metrics.scrape().getBytes(StandardCharsets.UTF_8), Map.of())),
        new Route(
            "GET",
            "/openapi.json",
            Set.of(),
            Guard.NONE,
            (exchange, query, name) ->
                exchange.answer(200, "application/json", openApi(), Map.of())));
  }

  private record Health(String status) {}

  /** Whether pictures may be sent: not without a model, and not when the end has begun. */
  private void ready(Exchange exchange) {
    if (gate.isClosed()) {
      throw Problem.passing(503, "the service is ending", 1);
    }
    if (models.list().isEmpty()) {
      throw Problem.passing(503, "no model is loaded", 5);
    }
    exchange.json(200, new Health("ready"));
  }

  static byte[] openApi() {
    return Pages.read("/io/github/cvt4j/serve/" + OPENAPI);
  }
}
