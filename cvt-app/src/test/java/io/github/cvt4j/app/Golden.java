package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cvt4j.weights.HostTensor;
import io.github.cvt4j.weights.Safetensors;
import io.github.cvt4j.weights.StateDict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The library's golden numbers; their README says what each file is. */
final class Golden {

  private static final Path FOLDER =
      Path.of("..", "cvt-core", "src", "test", "resources", "golden");

  /** The README's tolerance of eval tensors, relative to a tensor's largest value above 1. */
  private static final double TOLERANCE = 2e-5;

  private Golden() {}

  /** A file by its path below {@code golden/}. */
  static Path path(String relative) {
    Path path = FOLDER.resolve(relative);
    assertThat(path).exists();
    return path;
  }

  /** A golden safetensors file. */
  static StateDict read(String relative) {
    return Safetensors.read(path(relative));
  }

  /** Rows of a CSV file without its header; only the last cell may hold commas. */
  static List<String[]> csv(String relative, int columns) {
    try (var lines = Files.lines(path(relative))) {
      return lines.skip(1).map(line -> line.split(",", columns)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Compares eval results as closely as two float32 implementations can agree. */
  static void assertClose(String name, HostTensor actual, HostTensor expected) {
    assertThat(actual.shape()).as(name).isEqualTo(expected.shape());
    float[] wanted = expected.toFloats();
    float[] got = actual.toFloats();
    double largest = 1;
    double difference = 0;
    for (int i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs(wanted[i]));
      double here = Math.abs((double) got[i] - wanted[i]);
      difference = Double.isNaN(here) ? Double.POSITIVE_INFINITY : Math.max(difference, here);
    }
    assertThat(difference)
        .as("largest difference of " + name)
        .isCloseTo(0, within(TOLERANCE * largest));
  }

  /** Compares names, types, shapes and every bit. */
  static void assertSame(StateDict actual, StateDict expected) {
    assertThat(actual.names()).containsExactlyInAnyOrderElementsOf(expected.names());
    expected
        .tensors()
        .forEach(
            (name, tensor) -> {
              HostTensor got = actual.get(name);
              assertThat(got).as(name).hasToString(tensor.toString());
              assertThat(got.data().equals(tensor.data())).as("bits of " + name).isTrue();
            });
  }
}
