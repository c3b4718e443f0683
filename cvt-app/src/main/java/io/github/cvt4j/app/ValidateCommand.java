package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.data.DataSource;
import io.github.cvt4j.data.Dataset;
import io.github.cvt4j.data.Epoch;
import io.github.cvt4j.data.Loader;
import io.github.cvt4j.data.Transform;
import io.github.cvt4j.eval.ClassMap;
import io.github.cvt4j.eval.Evaluation;
import io.github.cvt4j.eval.EvaluationCounter;
import io.github.cvt4j.eval.Evaluator;
import io.github.cvt4j.eval.RealLabels;
import io.github.cvt4j.eval.ResultsFile;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.spec.Complexity;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Section;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "validate",
    description = {
      "Scores a model on labelled pictures: top-1, top-5, loss, calibration error. The data's classes"
          + " are matched to the model's by name."
    },
    footer = {
      "",
      "Example: ./cvt validate --weights runs/shapes/best.safetensors --data shapes",
      "         ./cvt validate --weights model.safetensors \\",
      "             --data folder-with-val --mistakes 10 --json",
      "         ./cvt validate --weights hf:microsoft/cvt-13 --data imagenet \\",
      "             --real-labels real.json --crop 0.875,1 --results-file results.csv"
    })
final class ValidateCommand implements Runnable {

  @Mixin private Common common;
  @Mixin private ModelOptions model;
  @Mixin private PreprocessOptions preprocessing;
  @Mixin private EngineOptions engine;

  @Option(
      names = {"-d", "--data"},
      required = true,
      paramLabel = "FOLDER|LIST|shapes",
      description =
          "Labelled pictures: " + DataSource.KINDS + "; or class folders or a list alone.")
  private String data;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Pictures at a time (default: TEST.BATCH_SIZE_PER_GPU).")
  private Integer batchSize;

  @Option(
      names = "--workers",
      defaultValue = "2",
      paramLabel = "N",
      description = "Threads that load pictures (default: 2).")
  private int workers;

  @Option(
      names = "--crop",
      split = ",",
      paramLabel = "R",
      description = "Crop ratios: --resize crop --crop-ratio R for each, one result each.")
  private List<Double> crops = new ArrayList<>();

  @Option(
      names = "--flip",
      description = "Takes the mean logits of each picture and its mirror image.")
  private boolean flip;

  @Option(
      names = "--valid-labels",
      paramLabel = "FILE",
      description =
          "Which of the model's classes the data has: a class number a line, in the order of the"
              + " data's classes. Only those compete.")
  private Path validLabels;

  @Option(
      names = "--real-labels",
      paramLabel = "FILE",
      description = "ImageNet's reassessed labels, real.json; judged as well.")
  private Path realLabels;

  @Option(
      names = "--results-file",
      paramLabel = "FILE",
      description = "Adds a row with the columns of timm's validate.py; by --real-labels if given.")
  private Path resultsFile;

  @Option(
      names = "--confusion",
      paramLabel = "FILE",
      description = "Writes what each class was taken for, as CSV.")
  private Path confusion;

  @Option(names = "--per-class", description = "Shows the accuracy of each class.")
  private boolean perClass;

  @Option(
      names = "--mistakes",
      defaultValue = "0",
      paramLabel = "N",
      description = "Shows the N mistakes that the model was surest of.")
  private int mistakes;

  @Parameters(paramLabel = "KEY VALUE", description = "Keys of the experiment to override.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public void run() {
    LoadedModel loaded = model.openToTest(overrides);
    List<Preprocess> ways = ways(preprocessing.applyTo(loaded.preprocess()));
    Dataset pictures = DataSource.validation(data);
    Section test = loaded.experiment().section("TEST");
    ClassMap map = classMap(loaded, pictures, test);
    Optional<RealLabels> real = realLabels(loaded, pictures, test);
    if (resultsFile != null) {
      requireFolderOf(resultsFile);
      ResultsFile.check(resultsFile);
    }
    if (confusion != null) {
      requireFolderOf(confusion);
    }
    EvaluationPrinter printer = new EvaluationPrinter(common, pictures, flip, perClass);
    printer.note(map.note());
    int size = batchSize == null ? test.integer("BATCH_SIZE_PER_GPU") : batchSize;
    List<ResultsFile.Row> rows = new ArrayList<>();
    common.startEngine();
    try (Network network = loaded.network(engine.comparable(loaded.quantization()))) {
      for (Preprocess way : ways) {
        Loader loader =
            new Loader(pictures, Transform.evaluation(way), Loader.Config.inOrder(size, workers));
        EvaluationCounter counter = new EvaluationCounter(map, real, mistakes);
        long start = System.nanoTime();
        evaluate(network, loader, way, pictures.size(), counter);
        Evaluation evaluation = counter.evaluation();
        double seconds = (System.nanoTime() - start) * 1e-9;
        printer.say(
            evaluation,
            evaluation.metrics().count() / seconds,
            crops.isEmpty() ? Optional.empty() : Optional.of(way.cropRatio()));
        evaluation
            .order()
            .map(order -> order.describe(pictures.classes(), map, loaded.labels()))
            .ifPresent(doubt -> printer.note(doubt + "; --valid-labels can say the right one"));
        rows.add(row(loaded, way, evaluation));
        if (confusion != null) {
          evaluation.confusion().writeCsv(confusion, pictures.classes());
        }
      }
    }
    if (resultsFile != null) {
      ResultsFile.append(resultsFile, rows);
    }
  }

  /** Before the work, since without it the work would be lost. */
  private static void requireFolderOf(Path file) {
    Path folder = file.toAbsolutePath().resolveSibling("");
    if (!Files.isDirectory(folder)) {
      throw new InvalidInputException(file + ": cannot be written: there is no folder " + folder);
    }
  }

  private void evaluate(
      Network network, Loader loader, Preprocess way, int total, EvaluationCounter counter) {
    UnaryOperator<Tensor> forward =
        flip ? Evaluator.withMirrorImages(network::logits) : network::logits;
    try (Epoch batches = loader.epoch(0);
        Progress progress = new Progress("validate", total, common.err())) {
      long[] done = {0};
      Evaluator.run(
          forward,
          batches,
          way.size(),
          (logits, outputs, batch) -> {
            counter.add(logits, outputs, batch.labels(), batch.indices());
            progress.at(done[0] += batch.size(), "pictures");
          });
    }
  }

  private List<Preprocess> ways(Preprocess preprocess) {
    if (crops.isEmpty()) {
      return List.of(preprocess);
    }
    if (confusion != null && crops.size() > 1) {
      throw new InvalidInputException("--confusion is of one result; give --crop one ratio");
    }
    return crops.stream()
        .map(
            ratio ->
                new Preprocess(
                    preprocess.size(),
                    Preprocess.Resize.CROP,
                    ratio,
                    preprocess.interpolation(),
                    preprocess.mean(),
                    preprocess.std()))
        .toList();
  }

  private ClassMap classMap(LoadedModel loaded, Dataset pictures, Section test) {
    int outputs = loaded.spec().numClasses();
    if (outputs == 0) {
      throw new InvalidInputException("this model has no head (0 classes): nothing to score");
    }
    Optional<Path> listed =
        Optional.ofNullable(validLabels)
            .or(
                () ->
                    Optional.of(test.text("VALID_LABELS")).filter(t -> !t.isEmpty()).map(Path::of));
    return listed
        .map(file -> ClassMap.read(file, pictures.classes(), outputs))
        .orElseGet(() -> ClassMap.of(pictures.classes(), outputs, loaded.labels()));
  }

  /** TEST.REAL_LABELS takes them from where microsoft's test does: real.json in the data folder. */
  private Optional<RealLabels> realLabels(LoadedModel loaded, Dataset pictures, Section test) {
    Path file =
        realLabels == null && test.flag("REAL_LABELS") ? Path.of(data, "real.json") : realLabels;
    return Optional.ofNullable(file)
        .map(path -> RealLabels.read(path, pictures, loaded.spec().numClasses()));
  }

  private ResultsFile.Row row(LoadedModel loaded, Preprocess way, Evaluation evaluation) {
    double top1 = evaluation.real().map(r -> r.top1()).orElse(evaluation.metrics().top1());
    double top5 = evaluation.real().map(r -> r.top5()).orElse(evaluation.metrics().top5());
    return new ResultsFile.Row(
        model.name(),
        top1,
        top5,
        Complexity.of(loaded.spec(), way.size()).parameters(),
        way.size().width(),
        way.resize() == Preprocess.Resize.CROP ? way.cropRatio() : 1,
        way.interpolation().name().toLowerCase(Locale.ROOT));
  }
}
