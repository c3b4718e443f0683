package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.data.DataSource;
import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Variants;
import io.github.cvt4j.train.FineTuning;
import io.github.cvt4j.train.RunFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "train",
    description = {
      "Trains a model, from fresh weights or from a checkpoint (--weights). The run folder gets the"
          + " settings, the figures of every epoch, learning curves, the best and the last weights."
          + " Ctrl-C leaves a checkpoint; --resume goes on from it."
    },
    footer = {
      "",
      "Example: ./cvt train --model cvt-tiny-32 --data shapes --epochs 5 \\",
      "             --output runs/shapes",
      "         ./cvt train --output runs/shapes --resume",
      "         ./cvt train --config configs/finetune/folder.yaml --weights cvt-13.safetensors \\",
      "             --data my-pictures --output runs/mine FINETUNE.HEAD_ONLY True"
    })
final class TrainCommand implements Runnable {

  @Mixin private Common common;
  @Mixin private ModelOptions model;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description =
          "Experiment YAML with the recipe; and with the model, unless --model or the weights say it.")
  private Path config;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "FOLDER|shapes",
      description = "Labelled pictures: " + DataSource.KINDS + " (generated pictures).")
  private String data;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Sets TRAIN.END_EPOCH, and TRAIN.STEPS to 0: the run counts epochs.")
  private Integer epochs;

  @Option(names = "--batch-size", paramLabel = "N", description = "Sets TRAIN.BATCH_SIZE_PER_GPU.")
  private Integer batchSize;

  @Option(names = "--seed", paramLabel = "N", description = "Sets TRAIN.SEED.")
  private Integer seed;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Threads that load pictures; makes no difference to results. Sets WORKERS.")
  private Integer workers;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FOLDER",
      description = "The run folder.")
  private Path output;

  @Option(names = "--resume", description = "Goes on with the run in the run folder.")
  private boolean resume;

  @Parameters(paramLabel = "KEY VALUE", description = "Keys of the experiment to override.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public void run() {
    TrainingRun run = new TrainingRun(common);
    if (resume) {
      requireNothingElse();
      RunFolder folder = RunFolder.open(output);
      Experiment experiment = Experiment.read(folder.config()).with(options());
      DataSplit split = DataSource.open(experiment.section("DATASET").text("ROOT"));
      run.resume(experiment, split, folder.with(experiment.toYaml()));
      return;
    }
    Optional<LoadedModel> named =
        model.hasModel() || model.hasWeights()
            ? Optional.of(model.openFor(config))
            : Optional.empty();
    Experiment experiment = experiment(named);
    String source = experiment.section("DATASET").text("ROOT");
    if (source.isEmpty()) {
      throw new InvalidInputException("train on what? give --data FOLDER, or shapes");
    }
    DataSplit split = DataSource.open(source);
    int classes = split.train().classes().size();
    experiment = experiment.with(List.of("MODEL.NUM_CLASSES", Integer.toString(classes)));
    boolean tunes = tunes(experiment);
    if (tunes && epochs == null && experiment.section("TRAIN").integer("STEPS") == 0) {
      int steps = FineTuning.steps(split.train().size());
      experiment = experiment.with(List.of("TRAIN.STEPS", Integer.toString(steps)));
    }
    CvtSpec spec = experiment.spec();
    int drawn = experiment.section("TRAIN").integer("SEED");
    StartingHead head = new StartingHead(tunes, common.err());
    Optional<LoadedModel> start =
        named
            .filter(loaded -> model.hasWeights())
            .map(loaded -> head.fit(loaded, split.train().classes()))
            .map(loaded -> loaded.withSpec(spec, drawn));
    run.train(experiment, split, start, output);
  }

  /** The settings of a run are those in its folder; only what cannot change results is taken. */
  private void requireNothingElse() {
    if (config != null || data != null || model.hasModel() || model.hasWeights()) {
      throw new InvalidInputException(
          "--resume takes config, data, model and weights from the run folder; leave them out");
    }
  }

  private static boolean tunes(Experiment experiment) {
    return experiment.section("FINETUNE").flag("FINETUNE");
  }

  /** Recipe of --config, of a variant or of the weights, and the options over it. */
  private Experiment experiment(Optional<LoadedModel> named) {
    if (config == null && named.isEmpty()) {
      throw new InvalidInputException(
          "train which model? give --model (one of %s), --config or --weights"
              .formatted(String.join(", ", Variants.names())));
    }
    Experiment recipe = config == null ? named.orElseThrow().experiment() : Experiment.read(config);
    Experiment asked = recipe.with(options());
    if (named.isEmpty()) {
      return asked;
    }
    LoadedModel loaded = named.get();
    return tunes(asked)
        ? asked.startingFrom(loaded.spec(), loaded.preprocess())
        : recipe.withModel(loaded.spec(), loaded.preprocess()).with(options());
  }

  private List<String> options() {
    Map<String, Object> given = new LinkedHashMap<>();
    given.put("DATASET.ROOT", data);
    given.put("TRAIN.END_EPOCH", epochs);
    given.put("TRAIN.STEPS", epochs == null ? null : 0);
    given.put("TRAIN.BATCH_SIZE_PER_GPU", batchSize);
    given.put("TRAIN.SEED", seed);
    given.put("WORKERS", workers);
    List<String> pairs = new ArrayList<>();
    given.forEach(
        (key, value) -> {
          if (value != null) {
            pairs.add(key);
            pairs.add(value.toString());
          }
        });
    pairs.addAll(model.overrides(overrides));
    return pairs;
  }
}
