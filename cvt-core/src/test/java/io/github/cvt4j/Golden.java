package io.github.cvt4j;

import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The golden numbers among the test resources; their README says what each file is. */
public final class Golden {

  private Golden() {}

  /** A file or folder by its path below {@code golden/}, as in {@code tiny/a_default.yaml}. */
  public static Path path(String relative) {
    URL url = Golden.class.getResource("/golden/" + relative);
    if (url == null) {
      throw new IllegalArgumentException("no golden file " + relative);
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A golden safetensors file. */
  public static StateDict read(String relative) {
    return Safetensors.read(path(relative));
  }

  /**
   * The rows of a CSV file with a header line, by column name; lines that start with # are left
   * out.
   */
  public static List<Map<String, String>> csv(String relative) {
    List<String> lines;
    try {
      lines = Files.readAllLines(path(relative));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<List<String>> rows =
        lines.stream()
            .filter(line -> !line.startsWith("#") && !line.isBlank())
            .map(Golden::cells)
            .toList();
    List<Map<String, String>> result = new ArrayList<>();
    for (List<String> row : rows.subList(1, rows.size())) {
      Map<String, String> cells = new LinkedHashMap<>();
      for (int i = 0; i < rows.get(0).size(); i++) {
        cells.put(rows.get(0).get(i), row.get(i));
      }
      result.add(cells);
    }
    return result;
  }

  /** The cells of one line; a quoted cell may hold commas and doubled quotes. */
  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        cell.append(line.charAt(++i));
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    cells.add(cell.toString());
    return cells;
  }
}
