package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cvt4j.InvalidInputException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

class MainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** A verb that fails as a test says. */
  @Command(name = "fail")
  private static final class Fail implements Callable<Integer> {

    @Mixin private Common common;

    @Option(names = "--size")
    private int size;

    private final Throwable failure;

    Fail(Throwable failure) {
      this.failure = failure;
    }

    @Override
    public Integer call() throws Exception {
      if (failure instanceof Error error) {
        throw error;
      } else if (failure != null) {
        throw (Exception) failure;
      }
      common.out().println("size " + size);
      return 0;
    }
  }

  private int cvt(String... args) {
    return Main.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  private int failing(Throwable failure, String... args) {
    CommandLine cvt = Main.commandLine().addSubcommand(new Fail(failure));
    return Main.run(cvt, new PrintWriter(out), new PrintWriter(err), args);
  }

  @Test
  void versionNamesOursLibtorchAndTheJvm() {
    assertThat(cvt("--version")).isZero();
    assertThat(out.toString().lines())
        .satisfiesExactly(
            ours -> assertThat(ours).matches("cvt4j \\d+\\.\\d+.*"),
            torch ->
                assertThat(torch).matches("libtorch 2\\.\\d+\\.\\d+ \\(JavaCPP 1\\..*, .+-.+\\)"),
            java -> assertThat(java).startsWith("Java " + Runtime.version().feature()));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void withoutAVerbTheHelpListsThemAll() {
    assertThat(cvt()).isZero();
    assertThat(out.toString()).contains(Main.commandLine().getSubcommands().keySet());
  }

  static Stream<String> verbs() {
    return Main.commandLine().getSubcommands().keySet().stream()
        .filter(verb -> !verb.equals("help"));
  }

  @ParameterizedTest
  @MethodSource("verbs")
  void everyVerbHasHelpThatExplainsEachOptionAndEndsWithAnExample(String name) {
    assertThat(cvt(name, "--help")).isZero();
    assertThat(out.toString()).contains("--json", "--threads", "--verbose");

    CommandLine verb = Main.commandLine().getSubcommands().get(name);
    assertThat(verb.getCommandName()).isEqualTo(name);
    assertThat(Main.commandLine(name).getSubcommands()).containsOnlyKeys(name);
    assertThat(verb.getHelp().footer()).as("footer").contains("Example: ./cvt " + name);
    assertThat(verb.getHelp().description()).as("description").isNotBlank();
    for (OptionSpec option : verb.getCommandSpec().options()) {
      assertThat(option.description()).as(option.longestName()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource
  void aWrongCommandLineEndsWithOneLineAndTheNearestWord(String args, String line) {
    assertThat(failing(null, args.split(" "))).isEqualTo(Failure.BAD_INPUT);
    assertThat(err.toString()).isEqualToNormalizingNewlines("cvt: " + line + "\n");
    assertThat(out.toString()).isEmpty();
  }

  static Stream<Arguments> aWrongCommandLineEndsWithOneLineAndTheNearestWord() {
    return Stream.of(
        Arguments.of("modles", "unknown verb 'modles'; did you mean 'models'? (see ./cvt --help)"),
        Arguments.of(
            "models --jsno",
            "unknown option '--jsno'; did you mean '--json'? (see ./cvt models --help)"),
        Arguments.of(
            "fail --sise=3",
            "unknown option '--sise=3'; did you mean '--size'? (see ./cvt fail --help)"),
        Arguments.of("models x", "unexpected argument 'x' (see ./cvt models --help)"),
        Arguments.of(
            "fail --size big",
            "Invalid value for option '--size': 'big' is not an int (see ./cvt fail --help)"),
        Arguments.of(
            "fail --size",
            "Missing required parameter for option '--size' (<size>) (see ./cvt fail --help)"));
  }

  @ParameterizedTest
  @MethodSource
  void whatGoesWrongBecomesALineAndAnExitCode(Throwable failure, int code, String line) {
    assertThat(failing(failure, "fail")).isEqualTo(code);
    assertThat(err.toString().lines().findFirst()).contains("cvt: " + line);
    assertThat(err.toString()).doesNotContain("\tat ");
  }

  static Stream<Arguments> whatGoesWrongBecomesALineAndAnExitCode() {
    return Stream.of(
        Arguments.of(new InvalidInputException("x.png: not a picture"), 2, "x.png: not a picture"),
        Arguments.of(new NoSuchFileException("x.pth"), 2, "x.pth: no such file or folder"),
        Arguments.of(new AccessDeniedException("run"), 2, "run: permission denied"),
        Arguments.of(new FileNotFoundException("x (Is a directory)"), 2, "x (Is a directory)"),
        Arguments.of(
            new UncheckedIOException(new FileSystemException("run", null, "Read-only file system")),
            2,
            "run: Read-only file system"),
        Arguments.of(
            new ExecutionException(new IOException("No space left on device")),
            2,
            "No space left on device"),
        Arguments.of(new IOException("File too large"), 2, "File too large"),
        Arguments.of(
            new InvalidInputException("label '\u001b[2J' is odd"), 2, "label '?[2J' is odd"),
        Arguments.of(
            new IllegalStateException("shapes differ\nframe #0: c10::Error"),
            1,
            "failed: IllegalStateException: shapes differ"),
        Arguments.of(new StackOverflowError(), 1, "failed: StackOverflowError"),
        Arguments.of(
            new OutOfMemoryError("Java heap space"),
            1,
            "out of memory (Java heap space; the Java heap may grow to %d MB)"
                    .formatted(Runtime.getRuntime().maxMemory() >> 20)
                + ": try smaller batches or pictures, or a larger heap with CVT_JAVA_OPTS=-Xmx8g"));
  }

  @Test
  void onlyAFailureOfOursIsCalledThat() {
    failing(new InvalidInputException("bad"), "fail");
    assertThat(err.toString()).doesNotContain("ours");
    failing(new IllegalStateException("bad"), "fail");
    assertThat(err.toString()).contains("cvt: that is a fault of ours; --verbose shows where");
  }

  @Test
  void verboseShowsWhereItWentWrong() {
    assertThat(failing(new InvalidInputException("bad"), "fail", "--verbose")).isEqualTo(2);
    assertThat(err.toString()).contains("\tat io.github.cvt4j").endsWith("cvt: bad\n");
  }

  @Test
  void aResultThatCannotBeWrittenIsNotCalledDone() {
    Writer full =
        new Writer() {
          @Override
          public void write(char[] text, int offset, int length) throws IOException {
            throw new IOException("No space left on device");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    assertThat(Main.run(new PrintWriter(full), new PrintWriter(err), "models")).isEqualTo(2);
    assertThat(err.toString()).contains("standard output cannot be written to");
  }
}
