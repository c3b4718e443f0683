package io.github.cvt4j.serve;

import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.serve.ServeConfig.Batching;
import io.github.cvt4j.serve.ServeConfig.Looks;
import io.github.cvt4j.weights.Hub;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads models while others are served, one at a time: reading weights takes memory for a second
 * copy of them. Thread-safe.
 */
final class ModelLoader implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);

  /** How long a model that is being loaded when the service ends may take to notice. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Models models;
  private final Batching batching;
  private final Looks looks;
  private final Metrics metrics;
  private final Hub hub;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(task -> Inference.daemon(task, "load"));

  /**
   * @param hub fetches what is not a local file
   */
  ModelLoader(Models models, Batching batching, Looks looks, Metrics metrics, Hub hub) {
    this.models = models;
    this.batching = batching;
    this.looks = looks;
    this.metrics = metrics;
    this.hub = hub;
  }

  /**
   * Loads a model on the calling thread.
   *
   * @throws Problem 409 if there is one of that name, 503 if the service ended meanwhile
   * @throws io.github.cvt4j.InvalidInputException if it cannot be had
   */
  ServedModel load(String name, ModelSource source) {
    requireFree(name);
    long began = System.nanoTime();
    LoadedModel loaded = ServedModel.reading(name, () -> source.open(hub));
    ServedModel model = ServedModel.open(name, loaded, batching, looks, metrics);
    if (!models.add(model)) {
      model.retire();
      throw models.isClosed() ? Problem.passing(503, "the service is ending", 1) : taken(name);
    }
    LOG.atInfo()
        .addKeyValue("model", name)
        .addKeyValue("parameters", model.card().parameters())
        .addKeyValue("engine", model.card().engine())
        .addKeyValue("ms", (System.nanoTime() - began) / 1_000_000)
        .log("loaded");
    return model;
  }

  /**
   * Loads a model meanwhile.
   *
   * @return fails as {@link #load} does
   * @throws Problem 409 if there is one of that name, 503 if another is being loaded
   */
  CompletableFuture<ServedModel> loadLater(String name, ModelSource source) {
    requireFree(name);
    if (!busy.compareAndSet(false, true)) {
      throw Problem.passing(503, "another model is being loaded", 5);
    }
    return CompletableFuture.supplyAsync(() -> load(name, source), thread)
        .whenComplete((model, failure) -> busy.set(false));
  }

  private void requireFree(String name) {
    if (models.has(name)) {
      throw taken(name);
    }
  }

  private static Problem taken(String name) {
    return Problem.of(409, "there is a model '%s' already; unload it first".formatted(name));
  }

  /** Waits a while for what is being loaded, whose memory would else outlive the service. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("a model is still being loaded; it will be let go");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
