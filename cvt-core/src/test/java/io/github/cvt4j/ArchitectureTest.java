package io.github.cvt4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchitectureTest {

  private static final Path SOURCES = Path.of("src/main/java/io/github/cvt4j");

  @Test
  void theLibraryKeepsToThePlan() throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(SOURCES)) {
      files = walk.filter(path -> path.toString().endsWith(".java")).sorted().toList();
    }
    assertThat(files).as("sources found").hasSizeGreaterThan(20);
    List<String> violations = new ArrayList<>();
    for (Path file : files) {
      Path path = SOURCES.relativize(file);
      String home = path.getNameCount() == 1 ? "" : path.getName(0).toString();
      for (String violation : Architecture.violations(home, Files.readString(file))) {
        violations.add(path + " " + violation);
      }
    }
    assertThat(violations).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "spec, import io.github.cvt4j.weights.StateDict;, uses weights",
    "spec, import static io.github.cvt4j.nn.Cvt.open;, uses nn",
    "nn, io.github.cvt4j.train.Loop loop = null;, uses train",
    "fused, import io.github.cvt4j.nn.Cvt;, uses nn",
    "'', import io.github.cvt4j.spec.Size;, uses spec",
    "nn, import io.github.cvt4j.app.Main;, uses app",
    "weights, import org.bytedeco.pytorch.Tensor;, uses libtorch's bindings",
    "'', import org.bytedeco.pytorch.Tensor;, uses libtorch's bindings",
    "nn, import org.bytedeco.javacpp.Pointer;, 'uses raw pointers, whose only home is tensor'",
    "plugins, class X {}, package 'plugins' has no place in the plan yet",
    "spec, void f() { System.out.println(); }, prints; use SLF4J",
    "spec, System.exit(2);, ends the JVM of whoever embeds it",
    "spec, void f() { assert x > 0; }, 'asserts, which nobody switches on; throw'",
    "spec, e.printStackTrace();, prints a stack trace; log or throw",
  })
  void aPlantedViolationIsFound(String home, String source, String violation) {
    assertThat(Architecture.violations(home, source)).containsExactly(violation);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import io.github.cvt4j.spec.CvtSpec; import io.github.cvt4j.tensor.Scope;",
        "import io.github.cvt4j.InvalidInputException;",
        "import org.bytedeco.pytorch.Tensor;",
        "/** As {@code System.out} would; we assert nothing. */ class X {} // io.github.cvt4j.train.Loop",
        "String s = \"System.out, \\\" io.github.cvt4j.train.Loop\"; char c = '\"';",
        "boolean asserted = true; void assertSane() {}",
      })
  void whatThePlanAllowsPasses(String source) {
    assertThat(Architecture.violations("nn", source)).isEmpty();
  }
}
