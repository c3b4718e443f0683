package io.github.cvt4j.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.cvt4j.AtomicFile;
import io.github.cvt4j.InvalidInputException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One start of a run: the first one, or one that resumed it. {@code sessions.json} in the run
 * folder holds all of them, so that a report can say what made its figures.
 *
 * @param command as it was typed
 * @param started ISO 8601, UTC
 * @param data what was learnt from, and its signature
 * @param versions of programs and machine, by name
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Session(String command, String started, String data, Map<String, String> versions) {

  static final String FILE = "sessions.json";

  private static final long MAX_BYTES = 64L << 20;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** What an older or damaged file does not say is empty. */
  public Session {
    command = command == null ? "" : command;
    started = started == null ? "" : started;
    data = data == null ? "" : data;
    versions = versions == null ? Map.of() : new LinkedHashMap<>(versions);
  }

  /**
   * The sessions of a run, first to last; none if nobody wrote them down.
   *
   * @throws InvalidInputException if the file is damaged
   */
  static List<Session> read(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new InvalidInputException(file + ": too long");
      }
      return List.copyOf(JSON.readValue(file.toFile(), new TypeReference<List<Session>>() {}));
    } catch (JsonProcessingException | NullPointerException e) {
      throw new InvalidInputException(file + ": damaged; expected a list of sessions", e);
    } catch (IOException e) {
      throw new InvalidInputException(file + ": cannot be read: " + e, e);
    }
  }

  /** Adds this one to the file. */
  void append(Path folder) throws IOException {
    List<Session> all = new ArrayList<>(read(folder));
    all.add(this);
    AtomicFile.write(
        folder.resolve(FILE),
        out -> Channels.newOutputStream(out).write(JSON.writeValueAsBytes(all)));
  }
}
