package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.data.DataSource;
import io.github.cvt4j.data.DataSplit;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.Variants;
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
      "         ./cvt train --weights cvt-13.safetensors --allow 'head.*' \\",
      "             --data my-pictures --epochs 10 --output runs/mine TRAIN.LR 0.001"
    })
final class TrainCommand implements Runnable {

  @Mixin private Common common;
  @Mixin private ModelOptions model;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Experiment YAML with the recipe, and with the model unless --model names one.")
  private Path config;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "FOLDER|shapes",
      description =
          "A folder with train/ and val/ (or test/) class folders, CIFAR binaries, or shapes"
              + " (generated pictures).")
  private String data;

  @Option(names = "--epochs", paramLabel = "N", description = "Sets TRAIN.END_EPOCH.")
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
      run.resume(experiment, split, folder);
      return;
    }
    Experiment experiment = experiment();
    String source = experiment.section("DATASET").text("ROOT");
    if (source.isEmpty()) {
      throw new InvalidInputException("train on what? give --data FOLDER, or shapes");
    }
    DataSplit split = DataSource.open(source);
    int classes = split.train().classes().size();
    experiment = experiment.with(List.of("MODEL.NUM_CLASSES", Integer.toString(classes)));
    Optional<LoadedModel> start =
        model.hasWeights()
            ? Optional.of(
                model
                    .open(List.of(), experiment.section("TRAIN").integer("SEED"))
                    .withSpec(experiment.spec()))
            : Optional.empty();
    run.train(experiment, split, start, output);
  }

  /** The settings of a run are those in its folder; only what cannot change results is taken. */
  private void requireNothingElse() {
    if (config != null || data != null || model.hasModel() || model.hasWeights()) {
      throw new InvalidInputException(
          "--resume takes config, data, model and weights from the run folder; leave them out");
    }
  }

  /** Recipe of --config, of a variant or of the weights, and the options over it. */
  private Experiment experiment() {
    Experiment experiment;
    if (config != null) {
      experiment = Experiment.read(config);
      if (model.hasModel() || model.hasWeights()) {
        LoadedModel named = model.open(List.of(), 0);
        experiment = experiment.withModel(named.spec(), named.preprocess());
      }
    } else if (model.hasModel() || model.hasWeights()) {
      experiment = model.open(List.of(), 0).experiment();
    } else {
      throw new InvalidInputException(
          "train which model? give --model (one of %s), --config or --weights"
              .formatted(String.join(", ", Variants.names())));
    }
    return experiment.with(options());
  }

  private List<String> options() {
    Map<String, Object> given = new LinkedHashMap<>();
    given.put("DATASET.ROOT", data);
    given.put("TRAIN.END_EPOCH", epochs);
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
