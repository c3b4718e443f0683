package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InfoCommandTest {

  static Stream<Arguments> macs() {
    Map<List<String>, Map<String, String>> facts = new LinkedHashMap<>();
    for (String[] row : Golden.csv("facts/macs.csv", 6)) {
      if (row[3].equals("exact")) {
        facts
            .computeIfAbsent(List.of(row[0], row[1] + "x" + row[2]), key -> new LinkedHashMap<>())
            .put(row[4], row[5]);
      }
    }
    return facts.entrySet().stream()
        .map(entry -> Arguments.of(entry.getKey().get(0), entry.getKey().get(1), entry.getValue()));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("macs")
  void multiplyAddsOfThePublishedModelsAreExact(
      String model, String size, Map<String, String> facts) {
    JsonNode info =
        Cli.done("info", model, "MODEL.NUM_CLASSES", 1000, "--size", size, "--json").json();
    assertThat(info.get("macs").asText()).isEqualTo(facts.get("total"));
    assertThat(info.get("stages")).hasSize(3);
    for (int i = 0; i < 3; i++) {
      JsonNode stage = info.get("stages").get(i);
      assertThat(stage.get("macs").asText()).isEqualTo(facts.get("stage" + i));
      assertThat(stage.get("grid").asText()).isEqualTo(facts.get("stage" + i + ".grid"));
    }
  }

  static Stream<Arguments> parameters() {
    Map<List<String>, Map<String, String>> facts = new LinkedHashMap<>();
    for (String[] row : Golden.csv("facts/parameters.csv", 4)) {
      facts
          .computeIfAbsent(List.of(row[0], row[1]), key -> new LinkedHashMap<>())
          .put(row[2], row[3]);
    }
    return facts.entrySet().stream()
        .map(entry -> Arguments.of(entry.getKey().get(0), entry.getKey().get(1), entry.getValue()));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("parameters")
  void parametersOfThePublishedModelsAreExact(
      String model, String classes, Map<String, String> facts) {
    JsonNode info = Cli.done("info", model, "MODEL.NUM_CLASSES", classes, "--json").json();
    assertThat(info.get("parameters").asText()).isEqualTo(facts.get("total"));
    assertThat(info.get("state_dict_entries").asText()).isEqualTo(facts.get("state_dict_entries"));
    for (int i = 0; i < 3; i++) {
      assertThat(info.get("stages").get(i).get("parameters").asText())
          .isEqualTo(facts.get("stage" + i));
    }
  }

  @Test
  void aSingleNumberIsASquare() {
    assertThat(Cli.done("info", "cvt-13", "--size", 384, "--json").json())
        .isEqualTo(Cli.done("info", "cvt-13", "--size", "384x384", "--json").json());
  }

  @Test
  void theTableHasTheSameFigures() {
    assertThat(Cli.done("info", "cvt-13", "--size", 224).out())
        .contains("224x224")
        .contains("19,997,480")
        .contains("4,566,089,216");
  }
}
