package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Hugging Face's {@code config.json} of a CvT (transformers, {@code configuration_cvt.py}). */
public final class HuggingFaceConfig {

  private HuggingFaceConfig() {}

  /**
   * Reads a {@code config.json} and, if it lies beside it, {@code preprocessor_config.json}.
   *
   * @param activation of the MLPs; the file does not say. Hugging Face computes {@link
   *     Activation#GELU}, although the published weights were trained with {@link
   *     Activation#QUICK_GELU}
   * @throws SpecException naming file, key and what was expected
   */
  public static ModelConfig read(Path config, Activation activation) {
    Path beside = config.resolveSibling(HuggingFacePreprocessor.FILE_NAME);
    return read(config, Files.exists(beside) ? Optional.of(beside) : Optional.empty(), activation);
  }

  /**
   * The same with the second file given; without one the picture's size is 224x224, evaluated as
   * {@link Preprocess#standard} does.
   */
  public static ModelConfig read(Path config, Optional<Path> preprocessor, Activation activation) {
    ObjectNode file = Documents.json(config);
    String source = config.toString();
    if (!file.path("model_type").asText().equals("cvt")) {
      String type = file.path("model_type").toString();
      throw Experiment.invalid("model_type", type, source, "\"cvt\"");
    }
    List<String> labels = labels(file, source);
    ExperimentReader reader = new ExperimentReader(source);
    Dialect.HUGGING_FACE.read(file, reader, source);
    reader.set("MODEL.SPEC.NUM_STAGES", IntNode.valueOf(stages(reader)), "depth in " + source);
    reader.set("MODEL.NUM_CLASSES", classes(file, labels), "num_labels in " + source);
    reader.set(
        "MODEL.SPEC.ACT",
        TextNode.valueOf(activation.name().toLowerCase(Locale.ROOT)),
        "the activation asked for");
    Preprocess preprocess =
        preprocessor
            .map(HuggingFacePreprocessor::read)
            .orElseGet(() -> Preprocess.standard(Size.square(224)));
    CvtSpec spec = reader.experiment().spec().withImageSize(preprocess.size());
    Experiment experiment = reader.experiment().withModel(spec, preprocess);
    return new ModelConfig(experiment, spec, preprocess, labels);
  }

  private static int stages(ExperimentReader reader) {
    return reader.experiment().value("MODEL.SPEC.DEPTH").size();
  }

  /** Two is what transformers assumes, and then leaves out of the file. */
  private static JsonNode classes(ObjectNode file, List<String> labels) {
    if (file.path("id2label").isObject()) {
      return IntNode.valueOf(labels.size());
    }
    return file.has("num_labels") ? file.get("num_labels") : IntNode.valueOf(2);
  }

  private static List<String> labels(ObjectNode file, String source) {
    JsonNode names = file.path("id2label");
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      JsonNode label = names.path(String.valueOf(i));
      if (!label.isTextual()) {
        throw new SpecException(
            "%s: id2label has no text for class %d: expected 0 to %d"
                .formatted(source, i, names.size() - 1));
      }
      labels.add(label.textValue());
    }
    return labels;
  }

  /**
   * The file's text for a model, as transformers' CvtForImageClassification reads it. It cannot say
   * which activation is meant, nor the image size and {@link Init#XAVIER}.
   *
   * @param labels one for each class, or none: then they are called {@code LABEL_0} and so on, as
   *     transformers does
   * @throws SpecException if a stage has a position embedding, which their model lacks
   */
  public static String write(CvtSpec spec, List<String> labels) {
    if (spec.stages().stream().anyMatch(StageSpec::posEmbed)) {
      throw new SpecException(
          "position embeddings: Hugging Face's CvT has none, so it cannot take this model");
    }
    ObjectNode tree = Documents.object();
    tree.putArray("architectures")
        .add(spec.numClasses() > 0 ? "CvtForImageClassification" : "CvtModel");
    tree.put("model_type", "cvt");
    Experiment experiment =
        Experiment.defaults().withModel(spec, Preprocess.standard(spec.imageSize()));
    Dialect.HUGGING_FACE.write(experiment, tree);
    tree.put("initializer_range", 0.02);
    tree.put("layer_norm_eps", 1e-5);
    tree.put("torch_dtype", "float32");
    ObjectNode names = tree.putObject("id2label");
    ObjectNode ids = tree.putObject("label2id");
    for (int i = 0; i < spec.numClasses(); i++) {
      String label = labels.isEmpty() ? "LABEL_" + i : labels.get(i);
      names.put(String.valueOf(i), label);
      ids.put(label, i);
    }
    return Documents.toJson(tree);
  }
}
