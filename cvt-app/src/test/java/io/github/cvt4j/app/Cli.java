package io.github.cvt4j.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;

/**
 * One call of the command, as a user sees it.
 *
 * @param code the exit code
 * @param out standard output
 * @param err standard error
 */
record Cli(int code, String out, String err) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Runs it in this process; words are turned to text, so that paths can be given as they are. */
  static Cli cvt(Object... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] args = Stream.of(words).map(Object::toString).toArray(String[]::new);
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), args);
    return new Cli(code, out.toString(), err.toString());
  }

  /** Runs it and expects it to be done. */
  static Cli done(Object... words) {
    Cli run = cvt(words);
    assertThat(run.code).as("exit code; standard error: %s", run.err).isZero();
    return run;
  }

  /** Runs it and expects bad input to be told in exactly one line, which is returned. */
  static String refused(Object... words) {
    return cvt(words).refusal();
  }

  /** The one line that tells of bad input. */
  String refusal() {
    assertThat(err.lines()).as("standard error").hasSize(1);
    return firstLineOfRefusal();
  }

  /** The first line that tells of bad input; of weights that do not fit, a list follows. */
  String firstLineOfRefusal() {
    assertThat(code).as("exit code; standard error: %s", err).isEqualTo(Failure.BAD_INPUT);
    assertThat(out).as("standard output").isEmpty();
    assertThat(err).startsWith("cvt: ").doesNotContain("\tat ");
    return err.lines().findFirst().orElseThrow();
  }

  /** Standard output as JSON. */
  JsonNode json() {
    try {
      return JSON.readTree(out);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + out, e);
    }
  }
}
