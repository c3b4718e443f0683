package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The front door: whatever describes a model, by name or in a file. */
public final class Specs {

  private Specs() {}

  /**
   * Reads a model's description.
   *
   * @param nameOrPath a variant's name; a YAML file, microsoft's or PASSL's (told apart by their
   *     keys); Hugging Face's {@code config.json} (activation {@link Activation#GELU}, as they
   *     compute it); or a folder that holds a {@code config.json} or {@code config.yaml}
   * @param overrides keys of microsoft's files and values in turn, for any of them: {@code
   *     ["MODEL.NUM_CLASSES", "10"]}
   * @throws SpecException naming what is wrong and where; for an unknown name the nearest variant
   */
  public static ModelConfig read(String nameOrPath, List<String> overrides) {
    if (Variants.names().contains(nameOrPath)) {
      return ModelConfig.of(Variants.experiment(nameOrPath).with(overrides));
    }
    Path file = file(nameOrPath);
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".json")) {
      return HuggingFaceConfig.read(file, Activation.GELU).with(overrides);
    }
    ObjectNode content = Documents.yaml(file);
    return PasslConfig.recognises(content)
        ? PasslConfig.read(content, file.toString()).with(overrides)
        : ModelConfig.of(Experiment.read(file).with(overrides));
  }

  private static Path file(String nameOrPath) {
    try {
      Path path = Path.of(nameOrPath);
      if (Files.isDirectory(path)) {
        Path json = path.resolve("config.json");
        return Files.exists(json) ? json : path.resolve("config.yaml");
      }
      if (Files.exists(path)) {
        return path;
      }
    } catch (InvalidPathException e) {
      // Then it is no file, either.
    }
    throw new SpecException(
        "unknown model '%s': no variant and no file of that name%s"
            .formatted(Experiment.shown(nameOrPath), Variants.suggestion(nameOrPath)));
  }
}
