package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.ImageException;
import io.github.cvt4j.infer.Classifier;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.Prediction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "predict",
    description = "Says what pictures show.",
    footer = {
      "",
      "Example: ./cvt predict --weights model.safetensors photo.jpg",
      "         ./cvt predict --weights hf:microsoft/cvt-13 --top 3 --json *.jpg"
    })
final class PredictCommand implements Callable<Integer> {

  @Mixin private Common common;
  @Mixin private ModelOptions model;
  @Mixin private PreprocessOptions preprocessing;
  @Mixin private EngineOptions engine;

  @Option(
      names = "--top",
      defaultValue = "5",
      paramLabel = "N",
      description = "Classes to show (default: 5).")
  private int top;

  @Option(
      names = "--random-weights",
      description = "Takes fresh weights, to try things out; the answers mean nothing.")
  private boolean randomWeights;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "JPEG, PNG, BMP, GIF or WebP.")
  private List<Path> images = new ArrayList<>();

  @Override
  public Integer call() {
    if (!model.hasWeights() && !randomWeights) {
      throw new InvalidInputException("predict with what? give --weights FILE");
    }
    ReadAhead pictures =
        new ReadAhead(images, path -> ImageDecoder.decode(path, preprocessing.decoding()));
    LoadedModel loaded = model.open(List.of(), 0);
    loaded = loaded.withPreprocess(preprocessing.applyTo(loaded.preprocess()));
    common.startEngine();
    try (Classifier classifier = loaded.classifier(engine.fastest(loaded.quantization()))) {
      int code = 0;
      for (Path image : images) {
        try {
          say(image, classifier.classify(pictures.next(), top));
        } catch (ImageException e) {
          code = Failure.of(e).report(common.err(), /* verbose= */ false); // others go on
        }
      }
      return code;
    }
  }

  private void say(Path image, List<Prediction> predictions) {
    if (common.json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("image", image.toString());
      result.put("predictions", predictions);
      common.printJson(result);
      return;
    }
    common.out().println(image);
    for (Prediction prediction : predictions) {
      common
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "  %6.2f %%  %s",
                  100 * prediction.probability(),
                  prediction.label()));
    }
  }
}
