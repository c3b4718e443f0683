package io.github.cvt4j.serve;

import io.github.cvt4j.serve.Route.Guard;
import io.github.cvt4j.serve.ServeConfig.Access;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpHeader;

/** Finds who answers a request, and whether it may be answered. Immutable and thread-safe. */
final class Router {

  private static final String BEARER = "Bearer ";

  private final List<Route> routes;
  private final Access access;
  private final Pages pages;

  /**
   * @param pages asked for all that is no route
   */
  Router(List<Route> routes, Access access, Pages pages) {
    this.routes = List.copyOf(routes);
    this.access = access;
    this.pages = pages;
  }

  List<Route> routes() {
    return routes;
  }

  /** Answers, or throws what the answer is to be. */
  void answer(Exchange exchange) {
    String path = exchange.path();
    List<Route> here = routes.stream().filter(route -> route.matches(path)).toList();
    if (here.isEmpty()) {
      pages.answer(exchange);
      return;
    }
    exchange.routed(here.get(0).path());
    // Without the body, which the server leaves out, HEAD is GET.
    String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
    Route route =
        here.stream()
            .filter(candidate -> candidate.method().equals(method))
            .findFirst()
            .orElseThrow(() -> notAllowed(exchange, here));
    authorize(exchange, route.guard());
    Query query = new Query(exchange.request(), route.parameters());
    route.action().answer(exchange, query, route.name(path));
  }

  private static Problem notAllowed(Exchange exchange, List<Route> here) {
    TreeSet<String> allowed = new TreeSet<>(here.stream().map(Route::method).toList());
    if (allowed.contains("GET")) {
      allowed.add("HEAD");
    }
    return notAllowed(exchange, String.join(", ", allowed));
  }

  static Problem notAllowed(Exchange exchange, String allowed) {
    return Problem.of(
        405,
        "%s is not possible here; %s is".formatted(exchange.method(), allowed),
        "Allow",
        allowed);
  }

  private void authorize(Exchange exchange, Guard guard) {
    Optional<String> needed =
        switch (guard) {
          case NONE -> Optional.empty();
          case USER -> access.token();
          case ADMIN ->
              Optional.of(
                  access
                      .adminToken()
                      .orElseThrow(
                          () ->
                              Problem.of(
                                  403,
                                  "loading and unloading models is off: the service has no"
                                      + " administrator's token")));
        };
    if (needed.isEmpty()) {
      return;
    }
    String given = exchange.request().getHeaders().get(HttpHeader.AUTHORIZATION);
    boolean bearer = given != null && given.regionMatches(true, 0, BEARER, 0, BEARER.length());
    String token = bearer ? given.substring(BEARER.length()).strip() : "";
    boolean admin = access.adminToken().filter(own -> same(own, token)).isPresent();
    if (!admin && !same(needed.get(), token)) {
      throw Problem.of(
          401,
          bearer ? "the token is another" : "expected a header 'Authorization: Bearer TOKEN'",
          "WWW-Authenticate",
          "Bearer");
    }
  }

  /** Takes as long for a wrong first letter as for a wrong last one. */
  private static boolean same(String expected, String given) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }
}
