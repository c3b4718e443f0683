package io.github.cvt4j.infer;

import io.github.cvt4j.spec.Activation;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.spec.Experiment;
import io.github.cvt4j.spec.HuggingFaceConfig;
import io.github.cvt4j.spec.HuggingFacePreprocessor;
import io.github.cvt4j.spec.ModelConfig;
import io.github.cvt4j.spec.SpecException;
import io.github.cvt4j.spec.Specs;
import io.github.cvt4j.weights.CheckpointException;
import io.github.cvt4j.weights.Checkpoints;
import io.github.cvt4j.weights.Hub;
import io.github.cvt4j.weights.HubConfig;
import io.github.cvt4j.weights.HubSnapshot;
import io.github.cvt4j.weights.KeyMap;
import io.github.cvt4j.weights.ModelFile;
import io.github.cvt4j.weights.Naming;
import io.github.cvt4j.weights.Provenance;
import io.github.cvt4j.weights.Quantization;
import io.github.cvt4j.weights.StateDict;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a model comes from. The shape is taken from the first of: what the caller names, what the
 * weights say of themselves, a {@code config.json} beside them.
 *
 * @param model a variant, a spec file, or empty to take it from the weights
 * @param overrides keys of microsoft's experiment files and values in turn
 * @param weights a file in any format, {@code hf:owner/name[@revision]}, an https address, or empty
 *     for fresh weights
 * @param allow patterns of tensor names that may differ, as {@link
 *     io.github.cvt4j.weights.Match#strict} takes them
 * @param seed of fresh weights
 */
public record ModelSource(
    Optional<String> model,
    List<String> overrides,
    Optional<String> weights,
    List<String> allow,
    long seed) {

  private static final Logger LOG = LoggerFactory.getLogger(ModelSource.class);

  /** The published checkpoints on Hugging Face's hub, which were trained by microsoft's code. */
  private static final String PUBLISHED = "hf:microsoft/cvt-";

  public ModelSource {
    overrides = List.copyOf(overrides);
    allow = List.copyOf(allow);
    if (model.isEmpty() && weights.isEmpty()) {
      throw new SpecException("which model? name a variant or a spec file, or give weights");
    }
  }

  /** A checkpoint that says what it is. */
  public static ModelSource of(Path weights) {
    return new ModelSource(
        Optional.empty(), List.of(), Optional.of(weights.toString()), List.of(), 0);
  }

  /** A named variant with fresh weights. */
  public static ModelSource fresh(String variant, long seed) {
    return new ModelSource(Optional.of(variant), List.of(), Optional.empty(), List.of(), seed);
  }

  /** Opens it, downloading as the environment says. */
  public LoadedModel open() {
    return open(new Hub(HubConfig.fromEnvironment(System.getenv())));
  }

  /**
   * Reads shape and weights; nothing is in native memory yet.
   *
   * @param hub fetches what is not a local file
   * @throws io.github.cvt4j.InvalidInputException if anything is missing, damaged, or does not say
   *     its shape
   */
  public LoadedModel open(Hub hub) {
    return open(
        hub,
        () -> {
          throw new CheckpointException(
              weights.orElseThrow()
                  + ": does not say which model it is; name a variant or a spec file as well");
        });
  }

  /**
   * The same, with a shape for weights that do not say theirs.
   *
   * @param otherwise asked only if nothing else says it
   */
  public LoadedModel open(Hub hub, Supplier<ModelConfig> otherwise) {
    if (weights.isEmpty()) {
      ModelConfig config = Specs.read(model.orElseThrow(), overrides);
      return new LoadedModel(
          config.experiment(),
          config.spec(),
          config.preprocess(),
          config.labels(),
          Provenance.UNKNOWN,
          Optional.empty(),
          allow,
          seed);
    }
    HubSnapshot files = files(hub, weights.get());
    StateDict read = Checkpoints.read(files.weights());
    StateDict state = Quantization.of(read).widen(read);
    Optional<ModelFile> ours = ModelFile.of(state);
    ModelConfig config = config(ours, state, files, otherwise);
    return new LoadedModel(
        config.experiment(),
        config.spec(),
        config.preprocess(),
        config.labels(),
        ours.map(ModelFile::provenance).orElse(Provenance.UNKNOWN),
        Optional.of(KeyMap.toMicrosoft(state)),
        allow,
        seed);
  }

  private static HubSnapshot files(Hub hub, String weights) {
    if (Hub.isRemote(weights)) {
      return hub.fetch(weights);
    }
    Path file;
    try {
      file = Path.of(weights);
    } catch (InvalidPathException e) {
      throw new CheckpointException("weights '" + weights + "': not a path", e);
    }
    return new HubSnapshot(
        file, beside(file, "config.json"), beside(file, HuggingFacePreprocessor.FILE_NAME), "");
  }

  private static Optional<Path> beside(Path file, String name) {
    return Optional.of(file.resolveSibling(name)).filter(Files::isRegularFile);
  }

  private ModelConfig config(
      Optional<ModelFile> ours,
      StateDict state,
      HubSnapshot files,
      Supplier<ModelConfig> otherwise) {
    if (model.isPresent()) {
      return Specs.read(model.get(), overrides);
    }
    if (ours.isPresent()) {
      ModelFile file = ours.get();
      Experiment experiment =
          Experiment.defaults().withModel(file.spec(), file.preprocess()).with(overrides);
      CvtSpec spec = experiment.spec();
      boolean sameClasses = spec.numClasses() == file.spec().numClasses();
      return new ModelConfig(
          experiment, spec, experiment.preprocess(), sameClasses ? file.labels() : List.of());
    }
    if (files.config().isPresent()) {
      return huggingFace(state, files);
    }
    return otherwise.get();
  }

  private ModelConfig huggingFace(StateDict state, HubSnapshot files) {
    boolean published = weights.orElseThrow().startsWith(PUBLISHED);
    Activation activation = published ? Activation.QUICK_GELU : Activation.GELU;
    ModelConfig config =
        HuggingFaceConfig.read(files.config().orElseThrow(), files.preprocessor(), activation);
    boolean headless =
        KeyMap.naming(state).filter(Naming.HUGGING_FACE::equals).isPresent()
            && !state.names().contains("classifier.weight");
    LOG.info(
        "shape from {}; activation {} ({})",
        files.config().orElseThrow().getFileName(),
        activation,
        published
            ? "which the published weights were trained with"
            : "which Hugging Face computes; MODEL.SPEC.ACT quick_gelu for converted ones");
    ModelConfig changed = config.with(overrides);
    return headless
        ? new ModelConfig(
            changed.experiment(), changed.spec().withClasses(0), changed.preprocess(), List.of())
        : changed;
  }
}
