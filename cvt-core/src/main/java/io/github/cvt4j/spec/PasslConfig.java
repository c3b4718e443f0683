package io.github.cvt4j.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;

/**
 * PASSL's experiment files (github.com/PaddlePaddle/PASSL, configs/cvt): the network from {@code
 * model.architecture}, where only widths, depths and heads are usually given, the number of classes
 * from {@code model.head}, the size from the training pictures' {@code RandomResizedCrop}. The
 * recipe is in Paddle's terms and not taken over; evaluation is the published checkpoints'.
 */
final class PasslConfig {

  /** The head's own default. */
  private static final int CLASSES = 1_000;

  /** Arguments that do not concern the network's shape. */
  private static final Set<String> IGNORED = Set.of("name", "num_classes");

  private PasslConfig() {}

  /** Whether the file is PASSL's and not microsoft's, which writes its keys in capitals. */
  static boolean recognises(ObjectNode file) {
    return file.path("model").has("architecture");
  }

  static ModelConfig read(ObjectNode file, String source) {
    if (!(file.at("/model/architecture") instanceof ObjectNode architecture)) {
      throw new SpecException(source + ": model.architecture: expected keys and values");
    }
    for (String name : (Iterable<String>) architecture::fieldNames) {
      if (!IGNORED.contains(name) && !Dialect.PASSL.names().contains(name)) {
        throw new SpecException(
            "unknown key model.architecture.%s (%s); the nearest is %s"
                .formatted(
                    Experiment.shown(name),
                    source,
                    Nearest.of(name, Dialect.PASSL.names()).orElse("none")));
      }
    }
    ExperimentReader reader = new ExperimentReader(source);
    Dialect.PASSL.read(architecture, reader, source);
    JsonNode head = file.at("/model/head");
    reader.set(
        "MODEL.NUM_CLASSES",
        head.path("num_classes").isMissingNode()
            ? IntNode.valueOf(CLASSES)
            : head.path("num_classes"),
        "model.head.num_classes in " + source);
    JsonNode side = trainingSide(file);
    if (!side.isMissingNode()) {
      reader.set(
          "TRAIN.IMAGE_SIZE",
          Documents.object().arrayNode().add(side).add(side),
          "size in " + source);
    }
    CvtSpec spec = reader.experiment().spec();
    JsonNode width = head.path("in_channels");
    if (!width.isMissingNode() && width.asInt() != spec.lastStage().dim()) {
      throw Experiment.invalid(
          "model.head.in_channels",
          width.toString(),
          source,
          "the last embed_dim, " + spec.lastStage().dim());
    }
    Preprocess preprocess = Preprocess.standard(spec.imageSize());
    return ModelConfig.of(reader.experiment().withModel(spec, preprocess));
  }

  private static JsonNode trainingSide(ObjectNode file) {
    for (JsonNode transform : file.at("/dataloader/train/dataset/transforms")) {
      if (transform.path("name").asText().equals("RandomResizedCrop")) {
        return transform.path("size");
      }
    }
    return MissingNode.getInstance();
  }
}
