package io.github.cvt4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class OpenApiTest {

  private static final Set<String> METHODS = Set.of("get", "post", "put", "delete", "patch");

  private static TestServer tiny;
  private static JsonNode document;

  @BeforeAll
  static void start() {
    tiny = TestServer.start();
    document = tiny.client.get("/openapi.json").ok();
  }

  @AfterAll
  static void stop() {
    tiny.close();
  }

  private static JsonNode operation(Route route) {
    return document.path("paths").path(route.path()).path(route.method().toLowerCase(Locale.ROOT));
  }

  @Test
  void itListsTheRoutesThatThereAreAndNoOthers() {
    Set<String> written = new TreeSet<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method -> {
                          assertThat(METHODS).contains(method);
                          written.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
                        }));
    assertThat(tiny.server.routes())
        .extracting(route -> route.method() + " " + route.path())
        .containsExactlyInAnyOrderElementsOf(written);
  }

  @Test
  void itListsTheParametersThatAreTaken() {
    for (Route route : tiny.server.routes()) {
      Set<String> written = new TreeSet<>();
      for (JsonNode parameter : operation(route).path("parameters")) {
        if (parameter.path("in").asText().equals("query")) {
          written.add(parameter.path("name").asText());
        }
      }
      assertThat(route.parameters())
          .as("parameters of %s %s", route.method(), route.path())
          .containsExactlyInAnyOrderElementsOf(written);
    }
  }

  @Test
  void itSaysWhoMayAsk() {
    for (Route route : tiny.server.routes()) {
      String security = operation(route).path("security").toString();
      String expected =
          switch (route.guard()) {
            case NONE -> "[]";
            case USER -> "[{},{\"token\":[]}]";
            case ADMIN -> "[{\"token\":[]}]";
          };
      assertThat(security)
          .as("security of %s %s", route.method(), route.path())
          .isEqualTo(expected);
    }
  }

  @Test
  void everyReferenceHasAnEnd() {
    for (JsonNode reference : document.findValues("$ref")) {
      String pointer = reference.asText().substring(1);
      assertThat(document.at(pointer).isMissingNode()).as(pointer).isFalse();
    }
  }

  @Test
  void answersAreAsWritten() {
    byte[] picture = TestServer.picture("rgb_20x30.png");
    Client client = tiny.client;
    matches(client.post("/v1/predict?logits=true", null, picture), "/v1/predict", "post");
    matches(client.post("/v1/predict", null, picture), "/v1/predict", "post");
    matches(client.post("/v1/features", null, picture), "/v1/features", "post");
    for (String method : List.of("attention", "rollout", "gradcam", "components")) {
      matches(client.post("/v1/explain?method=" + method, null, picture), "/v1/explain", "post");
    }
    matches(client.post("/v1/explain?method=x", null, picture), "/v1/explain", "post");
    matches(client.post("/v1/explain?stage=7", null, picture), "/v1/explain", "post");
    matches(client.get("/v1/models"), "/v1/models", "get");
    matches(client.get("/health/live"), "/health/live", "get");
    matches(client.get("/health/ready"), "/health/ready", "get");
    matches(client.post("/v1/predict", null, new byte[1]), "/v1/predict", "post");
    matches(client.post("/v1/predict?top=0", null, picture), "/v1/predict", "post");
    matches(client.post("/v1/predict?model=x", null, picture), "/v1/predict", "post");
    matches(client.post("/v1/predict", "text/plain", picture), "/v1/predict", "post");
    matches(client.delete("/v1/models/x"), "/v1/models/{name}", "delete");
  }

  private static void matches(Answer answer, String path, String method) {
    JsonNode responses = document.path("paths").path(path).path(method).path("responses");
    JsonNode response = resolved(responses.path(Integer.toString(answer.status())));
    String what = method + " " + path + ", " + answer.status();
    assertThat(response.isMissingNode()).as("no answer written for " + what).isFalse();
    response
        .path("headers")
        .fieldNames()
        .forEachRemaining(
            name -> assertThat(answer.header(name)).as(what + ", " + name).isNotNull());
    JsonNode schema = response.path("content").path(answer.header("Content-Type")).path("schema");
    assertThat(schema.isMissingNode()).as("no schema written for " + what).isFalse();
    List<String> wrong = new ArrayList<>();
    compare(answer.json(), schema, "", wrong);
    assertThat(wrong).as(what).isEmpty();
  }

  private static JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
  }

  /** As much of JSON Schema as the document uses; keys that are not written are wrong, too. */
  private static void compare(JsonNode value, JsonNode written, String at, List<String> wrong) {
    JsonNode schema = resolved(written);
    if (schema.has("oneOf")) { // of values without a structure
      assertThat(value.isValueNode()).as(at).isTrue();
      return;
    }
    boolean fits =
        switch (schema.path("type").asText()) {
          case "object" -> value.isObject();
          case "array" -> value.isArray();
          case "string" -> value.isTextual();
          case "integer" -> value.isIntegralNumber();
          case "number" -> value.isNumber();
          case "boolean" -> value.isBoolean();
          default -> false;
        };
    if (!fits) {
      wrong.add(at + ": " + value + " is no " + schema.path("type"));
    }
    for (JsonNode key : schema.path("required")) {
      if (!value.has(key.asText())) {
        wrong.add(at + "/" + key.asText() + " is missing");
      }
    }
    value
        .properties()
        .forEach(
            entry -> {
              JsonNode property = schema.path("properties").path(entry.getKey());
              if (property.isMissingNode()) {
                property = schema.path("additionalProperties");
              }
              if (property.isMissingNode()) {
                wrong.add(at + "/" + entry.getKey() + " is not written");
              } else {
                compare(entry.getValue(), property, at + "/" + entry.getKey(), wrong);
              }
            });
    if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        compare(value.get(i), schema.path("items"), at + "/" + i, wrong);
      }
    }
  }
}
