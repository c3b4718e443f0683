package io.github.cvt4j.app;

import io.github.cvt4j.data.DataSource;
import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.image.ImageDecoder;
import io.github.cvt4j.image.PngWriter;
import io.github.cvt4j.infer.Classifier;
import io.github.cvt4j.infer.Prediction;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.train.RunFolder;
import io.github.cvt4j.train.TrainReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "demo",
    description = {
      "The whole loop on generated pictures, in a minute or two: trains a small CvT to tell ten"
          + " drawn shapes apart, evaluates it, names some new pictures."
    },
    footer = {"", "Example: ./cvt demo --output runs/demo"})
final class DemoCommand implements Runnable {

  private static final int SHOWN = 5;

  @Mixin private Common common;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FOLDER",
      description = "The run folder (default: a new one under runs/).")
  private Path output;

  @Option(
      names = "--seed",
      defaultValue = "0",
      paramLabel = "N",
      description = "Of weights and order (default: 0).")
  private int seed;

  @Override
  public void run() {
    Path folder = output == null ? newFolder() : output;
    Experiment experiment = Recipes.demo().with(List.of("TRAIN.SEED", Integer.toString(seed)));
    DataSplit data = DataSource.open(experiment.section("DATASET").text("ROOT"));
    common
        .err()
        .printf(
            "training on %d generated pictures of %s%n",
            data.train().size(), String.join(", ", data.train().classes()));
    TrainReport report = new TrainingRun(common).train(experiment, data, Optional.empty(), folder);
    if (report.stopped()) {
      return;
    }
    predict(RunFolder.open(folder).best(), data.validation(), folder);
    double top1 = report.best().orElseThrow().validation().top1();
    if (common.json()) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("folder", folder.toString());
      result.put("top1", top1);
      common.printJson(result);
    } else {
      common.out().printf("settings, figures, curves, weights and report are in %s%n", folder);
      common
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "top-1 %.2f %% on %d pictures it has not seen",
                  100 * top1,
                  data.validation().size()));
    }
  }

  private static Path newFolder() {
    String now =
        LocalDateTime.now(ZoneId.systemDefault())
            .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    return Path.of("runs", "demo-" + now);
  }

  /** Saves a few pictures and reads them back, as a user's picture would come. */
  private void predict(Path weights, Dataset pictures, Path folder) {
    Path samples = folder.resolve("samples");
    try {
      Files.createDirectories(samples);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (Classifier classifier = Classifier.open(weights)) {
      for (int i = 0; i < SHOWN; i++) {
        String truth = pictures.classes().get(pictures.label(i));
        Path file = samples.resolve(i + "-" + truth + ".png");
        PngWriter.write(pictures.image(i), file);
        Prediction best = classifier.classify(ImageDecoder.decode(file), 1).get(0);
        common
            .err()
            .println(
                String.format(
                    Locale.ROOT,
                    "%s: %s, %.1f %% sure",
                    file,
                    best.label(),
                    100 * best.probability()));
      }
    }
  }
}
