package io.github.cvt4j.app;

import io.github.cvt4j.spec.Nearest;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Tells in one line what is wrong with a command line, and the nearest word that would be right.
 */
final class BadUsage {

  private BadUsage() {}

  static String line(ParameterException e) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String wrong =
        e instanceof UnmatchedArgumentException unmatched
            ? unknown(unmatched.getUnmatched().get(0), command)
            : String.join(" ", e.getMessage().lines().map(String::strip).toList());
    return "%s (see ./%s --help)".formatted(wrong, command.qualifiedName());
  }

  private static String unknown(String word, CommandSpec command) {
    if (word.startsWith("-")) {
      return "unknown option '%s'%s".formatted(word, meant(word, command.optionsMap().keySet()));
    } else if (command.subcommands().isEmpty()) {
      return "unexpected argument '%s'".formatted(word);
    }
    return "unknown verb '%s'%s".formatted(word, meant(word, command.subcommands().keySet()));
  }

  private static String meant(String word, Set<String> known) {
    String bare = word.replaceFirst("=.*", "");
    return Nearest.likely(bare, known).map(near -> "; did you mean '" + near + "'?").orElse("");
  }
}
