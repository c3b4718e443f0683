package io.github.cvt4j.serve;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/** The models that are served, by name; the first is the default. Thread-safe. */
final class Models {

  /** What a model may be called: it stands in addresses, logs and metrics. */
  static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final Map<String, ServedModel> byName = new LinkedHashMap<>();
  private boolean closed;

  /**
   * A model to use until it is released.
   *
   * @throws Problem if there is none of that name
   */
  synchronized ServedModel acquire(Optional<String> name) {
    ServedModel model =
        name.map(byName::get).orElseGet(() -> name.isPresent() ? null : defaultModel());
    if (model == null || !model.retain()) {
      throw Problem.of(
          404,
          name.map(wanted -> "no model '" + wanted + "'").orElse("no model is loaded")
              + "; loaded are "
              + byName.keySet());
    }
    return model;
  }

  private ServedModel defaultModel() {
    return byName.isEmpty() ? null : byName.values().iterator().next();
  }

  /** Whether it was taken over; not if there is one of that name, nor after the end. */
  synchronized boolean add(ServedModel model) {
    return !closed && byName.putIfAbsent(model.name(), model) == null;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  synchronized boolean has(String name) {
    return byName.containsKey(name);
  }

  /** Takes a model out, and its metrics before its name is free; requests that use it go on. */
  synchronized Optional<ServedModel> remove(String name) {
    Optional<ServedModel> removed = Optional.ofNullable(byName.remove(name));
    removed.ifPresent(ServedModel::retire);
    return removed;
  }

  /** Whether it is the default; not if it has been removed meanwhile. */
  synchronized boolean isFirst(ServedModel model) {
    return list().stream().findFirst().filter(first -> first == model).isPresent();
  }

  /** All of them, the default first. */
  synchronized List<ServedModel> list() {
    return new ArrayList<>(byName.values());
  }

  private synchronized List<ServedModel> lastOnes() {
    closed = true;
    return list();
  }

  /**
   * Takes all out, takes none over any more, and waits until their memory is given back.
   *
   * @return whether it was within the patience
   */
  boolean close(Duration patience) {
    CompletableFuture<?>[] freed =
        lastOnes().stream()
            .flatMap(model -> remove(model.name()).stream())
            .map(ServedModel::freed)
            .toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(freed).get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
