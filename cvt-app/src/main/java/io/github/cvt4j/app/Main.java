package io.github.cvt4j.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.tensor.Engine;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/**
 * The {@code cvt} command: finds the verb, runs it, and turns what went wrong into an exit code. A
 * verb throws what goes wrong; {@link Failure} makes a line of it.
 */
@Command(
    name = "cvt",
    description = "The Convolutional vision Transformer (CvT): train, evaluate, use, look inside.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "VERB",
    commandListHeading = "%nVerbs:%n",
    footer = {"", "Example: ./cvt demo", "Help on a verb: ./cvt help VERB"},
    subcommands = {
      HelpCommand.class,
      DemoCommand.class,
      TrainCommand.class,
      ValidateCommand.class,
      ReportCommand.class,
      PredictCommand.class,
      ExplainCommand.class,
      PreprocessCommand.class,
      FeaturesCommand.class,
      ServeCommand.class,
      ConvertCommand.class,
      QuantizeCommand.class,
      ExportCommand.class,
      InfoCommand.class,
      BenchmarkCommand.class,
      ModelsCommand.class
    })
public final class Main implements Runnable {

  /** Verbs whose users wait for the engine to start. */
  private static final Set<String> PROMPT = Set.of("predict", "features", "explain");

  @CommandLine.Spec private CommandLine.Model.CommandSpec command;

  /**
   * Runs one verb and ends the JVM with its exit code.
   *
   * @param args a verb and its options
   */
  public static void main(String[] args) {
    if (args.length > 0 && PROMPT.contains(args[0]) && !List.of(args).contains("--help")) {
      Engine.startLater(); // half a second's work, beside reading options and weights
    }
    // UTF-8 whatever the locale says: labels and file names are not ASCII, and JSON is UTF-8.
    PrintWriter out = new PrintWriter(new StandardOutput(), true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  /**
   * Runs one verb; never throws and never exits.
   *
   * @return the exit code: 0 done, otherwise as {@link Failure} says
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return run(commandLine(), out, err, args);
  }

  static int run(CommandLine cvt, PrintWriter out, PrintWriter err, String... args) {
    boolean verbose = List.of(args).contains("--verbose");
    ((Logger) LoggerFactory.getLogger("io.github.cvt4j"))
        .setLevel(verbose ? Level.DEBUG : Level.INFO);
    cvt.setOut(out)
        .setErr(err)
        .setParameterExceptionHandler((e, words) -> Failure.of(e).report(err, verbose))
        .setExecutionExceptionHandler((e, line, parsed) -> Failure.of(e).report(err, verbose));
    try {
      int code = cvt.execute(args);
      return out.checkError() ? resultIsLost().report(err, verbose) : code;
    } catch (Error e) {
      // Picocli's handlers are for exceptions only; an OutOfMemoryError gets a line as well.
      return Failure.of(e).report(err, verbose);
    } finally {
      out.flush();
      err.flush();
    }
  }

  /** The command with all its verbs. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(Path.class, Main::path);
  }

  /** An empty word, such as an unset shell variable, would mean the current folder. */
  private static Path path(String text) {
    if (text.isBlank()) {
      throw new CommandLine.TypeConversionException("an empty path");
    }
    return Path.of(text);
  }

  private static Failure resultIsLost() {
    return Failure.of(new InvalidInputException("standard output cannot be written to"));
  }

  /** Without a verb: what there is. */
  @Override
  public void run() {
    command.commandLine().usage(command.commandLine().getOut());
  }
}
