package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cvt4j.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionTest {

  @TempDir private Path folder;

  @Test
  void sessionsAreKeptInTheirOrder() throws IOException {
    Session first = new Session("./cvt train", "2020-01-01T00:00:00Z", "d", Map.of("Java", "17"));
    Session second = new Session("./cvt train --resume", "", "", Map.of());
    assertThat(Session.read(folder)).isEmpty();
    first.append(folder);
    second.append(folder);
    assertThat(Session.read(folder)).containsExactly(first, second);
  }

  @Test
  void whatAnotherVersionLeftOutOrAddedIsNoDamage() throws IOException {
    Files.writeString(folder.resolve(Session.FILE), "[{\"command\": \"x\", \"colour\": 1}]");
    assertThat(Session.read(folder)).containsExactly(new Session("x", "", "", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[", "{}", "[null]", "null", "[{\"command\": []}]"})
  void damageIsNamed(String content) throws IOException {
    Files.writeString(folder.resolve(Session.FILE), content);
    assertThatThrownBy(() -> Session.read(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("sessions.json: damaged");
  }
}
