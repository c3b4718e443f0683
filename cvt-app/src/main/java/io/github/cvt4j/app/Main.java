package io.github.cvt4j.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.tensor.Engine;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    footer = {"", "Example: ./cvt demo", "Help on a verb: ./cvt help VERB"})
public final class Main implements Runnable {

  /** What there is, in the order of the help. */
  static final Map<String, Class<?>> VERBS = new LinkedHashMap<>();

  static {
    VERBS.put("help", HelpCommand.class);
    VERBS.put("demo", DemoCommand.class);
    VERBS.put("train", TrainCommand.class);
    VERBS.put("validate", ValidateCommand.class);
    VERBS.put("report", ReportCommand.class);
    VERBS.put("predict", PredictCommand.class);
    VERBS.put("explain", ExplainCommand.class);
    VERBS.put("preprocess", PreprocessCommand.class);
    VERBS.put("features", FeaturesCommand.class);
    VERBS.put("serve", ServeCommand.class);
    VERBS.put("convert", ConvertCommand.class);
    VERBS.put("quantize", QuantizeCommand.class);
    VERBS.put("export", ExportCommand.class);
    VERBS.put("info", InfoCommand.class);
    VERBS.put("benchmark", BenchmarkCommand.class);
    VERBS.put("models", ModelsCommand.class);
  }

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
    return run(commandLine(args), out, err, args);
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

  /**
   * The command with the verb that is asked for, or, if none or an unknown one is, with all of
   * them: each costs some milliseconds of reflection, and some users wait for a single answer.
   */
  static CommandLine commandLine(String... args) {
    String asked = args.length == 0 ? "" : args[0];
    boolean one = VERBS.containsKey(asked) && VERBS.get(asked) != HelpCommand.class;
    CommandLine cvt = new CommandLine(new Main());
    VERBS.forEach(
        (name, verb) -> {
          if (!one || name.equals(asked)) {
            cvt.addSubcommand(name, verb);
          }
        });
    return cvt.setCaseInsensitiveEnumValuesAllowed(true).registerConverter(Path.class, Main::path);
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
