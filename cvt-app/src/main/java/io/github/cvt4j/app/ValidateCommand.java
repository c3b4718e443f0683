package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.data.DataSource;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.eval.Evaluator;
import io.github.cvt4j.eval.Metrics;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.spec.Preprocess;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "validate",
    description = "Scores a model on labelled pictures: top-1, top-5, loss.",
    footer = {
      "",
      "Example: ./cvt validate --weights runs/shapes/best.safetensors --data shapes",
      "         ./cvt validate --weights model.safetensors \\",
      "             --data folder-with-val --json"
    })
final class ValidateCommand implements Runnable {

  @Mixin private Common common;
  @Mixin private ModelOptions model;
  @Mixin private PreprocessOptions preprocessing;

  @Option(
      names = {"-d", "--data"},
      required = true,
      paramLabel = "FOLDER|shapes",
      description =
          "A folder with val/ (or test/) class folders, a folder of class folders, CIFAR binaries,"
              + " or shapes.")
  private String data;

  @Option(
      names = "--batch-size",
      defaultValue = "64",
      paramLabel = "N",
      description = "Pictures at a time (default: 64).")
  private int batchSize;

  @Option(
      names = "--workers",
      defaultValue = "2",
      paramLabel = "N",
      description = "Threads that load pictures (default: 2).")
  private int workers;

  @Parameters(paramLabel = "KEY VALUE", description = "Keys of the experiment to override.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public void run() {
    if (!model.hasWeights()) {
      throw new InvalidInputException("validate what? give --weights FILE");
    }
    LoadedModel loaded = model.open(overrides, 0);
    Preprocess preprocess = preprocessing.applyTo(loaded.preprocess());
    Dataset pictures = DataSource.validation(data);
    requireSameClasses(loaded, pictures);
    Loader loader =
        new Loader(
            pictures, Transform.evaluation(preprocess), Loader.Config.inOrder(batchSize, workers));
    common.startEngine();
    try (Network network = loaded.network();
        Epoch batches = loader.epoch(0);
        Progress progress = new Progress("validate", pictures.size(), common.err())) {
      long[] done = {0};
      long start = System.nanoTime();
      Metrics metrics =
          Evaluator.evaluate(
              network::logits,
              batches,
              preprocess.size(),
              count -> progress.at(done[0] += count, "pictures"));
      double seconds = (System.nanoTime() - start) * 1e-9;
      progress.close();
      say(metrics, metrics.count() / seconds);
    }
  }

  private static void requireSameClasses(LoadedModel loaded, Dataset pictures) {
    int classes = pictures.classes().size();
    if (classes != loaded.spec().numClasses()) {
      throw new InvalidInputException(
          "the model has %d classes, the data %d".formatted(loaded.spec().numClasses(), classes));
    }
    List<String> labels = loaded.labels();
    for (int i = 0; i < labels.size(); i++) {
      if (!labels.get(i).equals(pictures.classes().get(i))) {
        throw new InvalidInputException(
            "class %d is '%s' in the model and '%s' in the data; their order must be the same"
                .formatted(i, labels.get(i), pictures.classes().get(i)));
      }
    }
  }

  private void say(Metrics metrics, double imagesPerSecond) {
    if (common.json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("count", metrics.count());
      result.put("top1", metrics.top1());
      result.put("top5", metrics.top5());
      result.put("loss", metrics.loss());
      result.put("images_per_second", imagesPerSecond);
      common.printJson(result);
    } else {
      common
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "%d pictures: top-1 %.2f %%, top-5 %.2f %%, loss %.4f (%.0f images/s)",
                  metrics.count(),
                  100 * metrics.top1(),
                  100 * metrics.top5(),
                  metrics.loss(),
                  imagesPerSecond));
    }
  }
}
