package io.github.cvt4j.serve;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.explain.Explainer;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.infer.Prediction;
import io.github.cvt4j.serve.ServeConfig.Batching;
import io.github.cvt4j.serve.ServeConfig.Looks;
import io.github.cvt4j.spec.Preprocess;
import io.github.cvt4j.spec.Size;
import io.github.cvt4j.tensor.Engine;
import io.github.cvt4j.tensor.Scope;
import io.github.cvt4j.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model in memory with the threads that compute it. Users are counted: its memory is freed when
 * whoever holds it has released it, and the last of its requests too. Thread-safe.
 */
final class ServedModel {

  private static final Logger LOG = LoggerFactory.getLogger(ServedModel.class);

  private final String name;
  private final ModelCard card;
  private final Preprocess preprocess;
  private final List<String> labels;
  private final Network network;
  private final Optional<Explainer> explainer;
  private final Metrics.OfModel metrics;
  private final Batcher batcher;
  private final CompletableFuture<Void> freed = new CompletableFuture<>();
  private int users = 1;

  private ServedModel(
      String name,
      LoadedModel loaded,
      Network network,
      Optional<Explainer> explainer,
      Batching batching,
      Metrics.OfModel metrics) {
    this.name = name;
    this.card = ModelCard.of(loaded, network, explainer.isPresent());
    this.preprocess = loaded.preprocess();
    this.labels = loaded.labels();
    this.network = network;
    this.explainer = explainer;
    this.metrics = metrics;
    this.batcher =
        new Batcher(
            name,
            batching,
            () -> Engine.setThreads(batching.threads()),
            this::compute,
            this.metrics);
  }

  /**
   * Builds the network and computes an empty picture with it, so that the first request finds it
   * warm. All weights are in the engine's memory afterwards; their file is not read again.
   *
   * @throws InvalidInputException if the weights do not fit the model, or it takes no pictures
   */
  static ServedModel open(
      String name, LoadedModel loaded, Batching batching, Looks looks, Metrics metrics) {
    if (loaded.spec().inChannels() != 3) {
      throw new InvalidInputException(
          "model '%s' takes %d channels; expected 3, for pictures"
              .formatted(name, loaded.spec().inChannels()));
    }
    Network network =
        reading(name, () -> loaded.network(batching.execution().apply(loaded.quantization())));
    Optional<Explainer> explainer = Optional.empty();
    try {
      if (looks.on()) {
        explainer = Optional.of(reading(name, () -> Explainer.of(loaded)));
      }
    } catch (RuntimeException | Error e) {
      network.close();
      throw e;
    }
    return open(name, loaded, network, explainer, batching, metrics);
  }

  /**
   * The same with networks that are there already.
   *
   * @param network closed with the model, and if this fails
   * @param explainer likewise
   */
  static ServedModel open(
      String name,
      LoadedModel loaded,
      Network network,
      Optional<Explainer> explainer,
      Batching batching,
      Metrics metrics) {
    Metrics.OfModel own = metrics.of(name);
    try {
      ServedModel model = new ServedModel(name, loaded, network, explainer, batching, own);
      model.warmUp();
      return model;
    } catch (RuntimeException | Error e) {
      own.close();
      network.close();
      explainer.ifPresent(Explainer::close);
      throw e;
    }
  }

  /**
   * What reads a model's file.
   *
   * @throws InvalidInputException if the file changed meanwhile, or as reading does
   */
  static <T> T reading(String name, Supplier<T> weights) {
    try {
      return weights.get();
    } catch (InternalError e) {
      // What Java makes of a mapped file that was cut off while it was read.
      throw new InvalidInputException(
          "model '" + name + "': its file changed while it was being read", e);
    }
  }

  private void warmUp() {
    Size size = preprocess.size();
    Job empty = new Job(Output.LOGITS, new byte[0]);
    empty.decoded(new float[Math.toIntExact(3 * size.area())], 0);
    batcher.admit(1);
    batcher.submit(empty);
    try {
      empty.result.join();
    } catch (RuntimeException | Error e) {
      batcher.close();
      throw e;
    }
  }

  String name() {
    return name;
  }

  ModelCard card() {
    return card;
  }

  Preprocess preprocess() {
    return preprocess;
  }

  Metrics.OfModel metrics() {
    return metrics;
  }

  Batcher batcher() {
    return batcher;
  }

  /** What looks inside it, if anything does; used by none but those who have the model. */
  Optional<Explainer> explainer() {
    return explainer;
  }

  boolean hasClasses() {
    return network.spec().numClasses() > 0;
  }

  /** The likeliest classes of a picture, likeliest first. */
  List<Prediction> ranked(float[] logits, int top) {
    return Prediction.ranked(
        logits, k -> labels.isEmpty() ? Integer.toString(k) : labels.get(k), top);
  }

  /**
   * Checks what the model has computed, which weights of a stranger may spoil.
   *
   * @throws IllegalStateException if a number is not finite
   */
  void requireFinite(float[] values) {
    for (float value : values) {
      requireFinite(value);
    }
  }

  /** The same of one number. */
  void requireFinite(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalStateException(
          "model '%s' computed a number that is not finite".formatted(name));
    }
  }

  /** Whether the caller may use the model until it calls {@link #release}; not if it is gone. */
  synchronized boolean retain() {
    if (users == 0) {
      return false;
    }
    users++;
    return true;
  }

  /** Ends its series and gives it up, for who holds it: requests that use it go on. */
  void retire() {
    metrics.close();
    release();
  }

  void release() {
    synchronized (this) {
      users--;
      if (users > 0) {
        return;
      }
    }
    // On a thread of its own: the last user may be one of the batcher's.
    Thread closing = new Thread(this::free, "unload-" + name);
    closing.start();
  }

  private void free() {
    try {
      batcher.close();
      network.close();
      explainer.ifPresent(Explainer::close);
      LOG.info("model {} unloaded", name);
    } finally {
      freed.complete(null);
    }
  }

  /** Done when the memory has been given back. */
  CompletableFuture<Void> freed() {
    return freed;
  }

  private List<float[]> compute(Output output, List<float[]> inputs) {
    int each = inputs.get(0).length;
    float[] input = new float[Math.multiplyExact(inputs.size(), each)];
    for (int i = 0; i < inputs.size(); i++) {
      System.arraycopy(inputs.get(i), 0, input, i * each, each);
    }
    Size size = preprocess.size();
    float[] all;
    try (Scope scope = Scope.open()) {
      Tensor images = Tensors.of(input, inputs.size(), 3, size.height(), size.width());
      all =
          Tensors.floats(
              output == Output.LOGITS ? network.logits(images) : network.preLogits(images));
    }
    int values = all.length / inputs.size();
    List<float[]> results = new ArrayList<>(inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      results.add(Arrays.copyOfRange(all, i * values, (i + 1) * values));
    }
    return results;
  }
}
