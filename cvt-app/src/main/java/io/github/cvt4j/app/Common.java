package io.github.cvt4j.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.tensor.Engine;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every verb has: help, more words, machine-readable output, threads. */
@SuppressWarnings("UnusedVariable") // help and verbose: picocli and Main look for them
final class Common {

  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec(Spec.Target.MIXEE)
  private CommandLine.Model.CommandSpec command;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help and ends.")
  private boolean help;

  @Option(names = "--verbose", description = "Says more, and where errors come from.")
  private boolean verbose;

  @Option(names = "--json", description = "Prints results as JSON, for machines.")
  private boolean json;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of an operator (default: one for each processor).")
  private Integer threads;

  /** Whether results are wanted as JSON. */
  boolean json() {
    return json;
  }

  /** Standard output. */
  PrintWriter out() {
    return command.commandLine().getOut();
  }

  /** Standard error, for progress. */
  PrintWriter err() {
    return command.commandLine().getErr();
  }

  /** All words of the command line, as they were typed. */
  List<String> words() {
    return command.root().commandLine().getParseResult().originalArgs();
  }

  /** Prints a value as one line of JSON. */
  void printJson(Object value) {
    try {
      out().println(JSON.writeValueAsString(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Threads of an operator. */
  int threads() {
    return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /** Starts the engine with the threads that were asked for. */
  void startEngine() {
    int count = threads();
    if (count < 1 || count > 1024) {
      throw new InvalidInputException("--threads " + count + ": expected 1 to 1024");
    }
    Engine.setThreads(count);
  }
}
