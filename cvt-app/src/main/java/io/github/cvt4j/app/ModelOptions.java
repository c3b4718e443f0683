package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.spec.Specs;
import io.github.cvt4j.weights.Hub;
import io.github.cvt4j.weights.HubConfig;
import io.github.cvt4j.weights.Provenance;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which model a verb works on. */
final class ModelOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "NAME|FILE",
      description =
          "A variant (./cvt models), an experiment YAML, a PASSL YAML or a config.json; by default what the weights say.")
  private String model;

  @Option(
      names = {"-w", "--weights"},
      paramLabel = "FILE|hf:OWNER/NAME[@REV]|URL",
      description = "A checkpoint in any supported format.")
  private String weights;

  @Option(
      names = "--allow",
      paramLabel = "PATTERN",
      description = "Tensors that may differ from the model's, such as 'head.*'; repeatable.")
  private List<String> allow = new ArrayList<>();

  @Option(names = "--offline", description = "Downloads nothing; uses what is in the cache.")
  private boolean offline;

  @Option(
      names = "--set",
      arity = "2",
      paramLabel = "KEY VALUE",
      hideParamSyntax = true,
      description = "Overrides a key of the experiment, as in --set MODEL.SPEC.ACT gelu.")
  private List<String> set = new ArrayList<>();

  boolean hasModel() {
    return model != null;
  }

  boolean hasWeights() {
    return weights != null;
  }

  String weights() {
    return weights;
  }

  /** Patterns of tensors that may differ. */
  List<String> allow() {
    return List.copyOf(allow);
  }

  /** Keys and values that override the experiment: those of {@code --set}, then the others. */
  List<String> overrides(List<String> trailing) {
    if (trailing.size() % 2 != 0) {
      throw new InvalidInputException(
          "'%s': expected KEY VALUE pairs after the options"
              .formatted(trailing.get(trailing.size() - 1)));
    }
    List<String> all = new ArrayList<>(set);
    all.addAll(trailing);
    return all;
  }

  /** The model as named by the options; fresh weights need a name. */
  LoadedModel open(List<String> trailing, long seed) {
    return source(Optional.ofNullable(model), trailing, seed).open(hub());
  }

  /**
   * The model to judge: the weights are those of --weights, or TEST.MODEL_FILE of the experiment.
   */
  LoadedModel openToTest(List<String> trailing) {
    if (weights == null && model != null) {
      String file = open(trailing, 0).experiment().section("TEST").text("MODEL_FILE");
      weights = file.isBlank() ? null : file;
    }
    if (weights == null) {
      throw new InvalidInputException("validate what? give --weights FILE");
    }
    return open(trailing, 0);
  }

  /** What to call the model in a table. */
  String name() {
    if (model != null) {
      return model;
    }
    return Hub.isRemote(weights) ? weights : Path.of(weights).getFileName().toString();
  }

  /** What made the weights: what they say of it themselves, otherwise where they were found. */
  Provenance provenance(LoadedModel loaded, String verb) {
    Provenance known = loaded.provenance();
    return known.createdBy().isEmpty()
        ? new Provenance(
            "cvt4j " + Version.ours() + " " + verb,
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
            weights == null ? "fresh weights" : weights,
            "",
            Map.of())
        : known;
  }

  /** The same, for the named model instead of the option's. */
  LoadedModel open(String name, List<String> trailing) {
    return source(Optional.of(name), trailing, 0).open(hub());
  }

  /**
   * The model to train, as named by the options.
   *
   * @param recipe an experiment file that says the shape if nothing else does; may be null
   */
  LoadedModel openFor(Path recipe) {
    ModelSource source = source(Optional.ofNullable(model), List.of(), 0);
    return recipe == null
        ? source.open(hub())
        : source.open(hub(), () -> Specs.read(recipe.toString(), overrides(List.of())));
  }

  private ModelSource source(Optional<String> name, List<String> trailing, long seed) {
    if (name.filter(String::isBlank).isPresent() || (weights != null && weights.isBlank())) {
      throw new InvalidInputException("--model or --weights is empty; expected a name or a file");
    }
    if (name.isEmpty() && weights == null) {
      throw new InvalidInputException("which model? give --weights FILE, or --model NAME");
    }
    return new ModelSource(name, overrides(trailing), Optional.ofNullable(weights), allow, seed);
  }

  private Hub hub() {
    HubConfig config = HubConfig.fromEnvironment(System.getenv());
    return new Hub(
        config.withOffline(offline || config.offline()),
        Progress.download(command.commandLine().getErr()));
  }
}
