package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.weights.Hub;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/**
 * Which models a service has. {@code --weights} makes one; {@code --model} of the same name says
 * what shape it has, if the weights do not, and alone makes one with fresh weights.
 */
final class ServedModels {

  /** {@code NAME=REST}; a path or an address before the sign is no name. */
  private static final Pattern NAMED = Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]{0,63})=(.+)");

  @Option(
      names = {"-w", "--weights"},
      paramLabel = "[NAME=]FILE|hf:OWNER/NAME[@REV]|URL",
      description =
          "A checkpoint in any supported format; repeatable, the first is the default. Its name is"
              + " the file's unless given.")
  private List<String> weights = new ArrayList<>();

  @Option(
      names = {"-m", "--model"},
      paramLabel = "[NAME=]VARIANT|FILE",
      description =
          "The shape of the weights of that name, if they do not say it; with --random-weights,"
              + " alone.")
  private List<String> models = new ArrayList<>();

  @Option(
      names = "--random-weights",
      description = "Takes fresh weights, to try things out; the answers mean nothing.")
  private boolean randomWeights;

  /** The models in their order. */
  Map<String, ModelSource> sources() {
    Map<String, String> files = named(weights, "--weights");
    Map<String, String> shapes = named(models, "--model");
    if (files.size() == 1 && shapes.size() == 1 && !isNamed(models.get(0))) {
      // One of each belong together.
      shapes = Map.of(files.keySet().iterator().next(), shapes.values().iterator().next());
    }
    Map<String, ModelSource> sources = new LinkedHashMap<>();
    for (Map.Entry<String, String> file : files.entrySet()) {
      Optional<String> shape = Optional.ofNullable(shapes.get(file.getKey()));
      sources.put(
          file.getKey(),
          new ModelSource(shape, List.of(), Optional.of(file.getValue()), List.of(), 0));
    }
    for (Map.Entry<String, String> shape : shapes.entrySet()) {
      if (!sources.containsKey(shape.getKey())) {
        if (!randomWeights) {
          throw new InvalidInputException(
              "no weights for model '%s': give --weights %1$s=FILE, or --random-weights to try"
                      .formatted(shape.getKey())
                  + " things out");
        }
        sources.put(shape.getKey(), ModelSource.fresh(shape.getValue(), 0));
      }
    }
    if (sources.isEmpty()) {
      throw new InvalidInputException("serve what? give --weights FILE");
    }
    return sources;
  }

  private static Map<String, String> named(List<String> words, String option) {
    Map<String, String> byName = new LinkedHashMap<>();
    for (String word : words) {
      Matcher named = NAMED.matcher(word);
      boolean isNamed = isNamed(word) && named.matches();
      String name = isNamed ? named.group(1) : shortName(word);
      if (byName.put(name, isNamed ? named.group(2) : word) != null) {
        throw new InvalidInputException(
            "%s: two models are called '%s'; give them names, as in %s cats=%s"
                .formatted(option, name, option, word));
      }
    }
    return byName;
  }

  /** A file may have the sign in its name. */
  private static boolean isNamed(String word) {
    return NAMED.matcher(word).matches() && !Files.exists(Path.of(word));
  }

  /** {@code runs/pets.safetensors} is pets, and {@code hf:microsoft/cvt-13@main} is cvt-13. */
  static String shortName(String word) {
    String last =
        Hub.isRemote(word)
            ? word.replaceFirst("[@?#].*", "").replaceFirst(".*[/:]", "")
            : String.valueOf(Path.of(word).getFileName());
    String bare = last.replaceFirst("\\.(safetensors|pth|pt|bin|pdparams|ya?ml|json)$", "");
    String safe = bare.replaceAll("[^A-Za-z0-9._-]", "-").replaceFirst("^[._-]+", "");
    return safe.isEmpty() ? "model" : safe.substring(0, Math.min(64, safe.length()));
  }
}
