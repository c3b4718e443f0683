package io.github.cvt4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** What a client gets. */
@SuppressWarnings("ArrayRecordComponent") // only read
record Answer(int status, HttpResponse<byte[]> response, byte[] body) {

  private static final ObjectMapper JSON = new ObjectMapper();

  static Answer of(HttpResponse<byte[]> response) {
    return new Answer(response.statusCode(), response, response.body());
  }

  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  String header(String name) {
    return response.headers().firstValue(name).orElse("");
  }

  JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException(text(), e);
    }
  }

  /** Expects that all went well. */
  JsonNode ok() {
    assertThat(status).as("status; %s", text()).isEqualTo(200);
    return json();
  }

  /** Expects a problem document and returns its detail. */
  String problem(int expected) {
    assertThat(status).as("status; %s", text()).isEqualTo(expected);
    assertThat(header("Content-Type")).isEqualTo("application/problem+json");
    JsonNode problem = json();
    assertThat(problem.path("status").asInt()).isEqualTo(expected);
    assertThat(problem.path("type").asText()).isEqualTo("about:blank");
    assertThat(problem.path("title").asText()).isNotEmpty();
    assertThat(problem.path("request_id").asText()).isEqualTo(header("X-Request-Id")).isNotEmpty();
    return problem.path("detail").asText();
  }
}
