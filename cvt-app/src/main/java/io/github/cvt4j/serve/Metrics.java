package io.github.cvt4j.serve;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import org.bytedeco.javacpp.Pointer;

/** What Prometheus asks for. Thread-safe. */
final class Metrics implements AutoCloseable {

  /** From a small picture alone on an idle server to the default timeout. */
  private static final Duration[] BUCKETS =
      List.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000).stream()
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  /** Methods beyond these are a client's invention, and must not each get a series of their own. */
  private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  Metrics() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    Gauge.builder("process.resident.memory", Pointer::physicalBytes)
        .baseUnit("bytes")
        .description("Memory of the process, the engine's included")
        .register(registry);
    Gauge.builder("cvt.native.objects", Pointer::totalCount)
        .description("Objects of the engine that Java owns")
        .register(registry);
  }

  /** A request that has been answered. */
  void answered(String route, String method, int status, long nanos) {
    Timer.builder("http.server.requests")
        .description("Requests by route, method and status")
        .tags("route", route)
        .tags("method", METHODS.contains(method) ? method : "other")
        .tags("status", Integer.toString(status))
        .serviceLevelObjectives(BUCKETS)
        .register(registry)
        .record(Duration.ofNanos(nanos));
  }

  /** How many there are of something. */
  void gauge(String name, String description, IntSupplier value) {
    Gauge.builder(name, value::getAsInt).description(description).register(registry);
  }

  OfModel of(String model) {
    return new OfModel(model);
  }

  /** All of it in Prometheus's text format. */
  String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }

  /**
   * What one model does. Closing it removes its series, and only once: they may be those of the
   * next model of that name by then.
   */
  final class OfModel implements AutoCloseable {

    private final Timer decode;
    private final Timer queue;
    private final Timer compute;
    private final DistributionSummary batch;
    private final String model;
    private final AtomicBoolean closed = new AtomicBoolean();
    private Gauge accepted;

    private OfModel(String model) {
      this.model = model;
      decode = timer("cvt.decode", "Decoding and preparing one picture");
      queue = timer("cvt.queue", "Waiting of one prepared picture for its batch");
      compute = timer("cvt.compute", "Computing one batch");
      batch =
          DistributionSummary.builder("cvt.batch.size")
              .description("Pictures computed together")
              .tag("model", model)
              .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128)
              .register(registry);
    }

    private Timer timer(String name, String description) {
      return Timer.builder(name)
          .description(description)
          .tag("model", model)
          .serviceLevelObjectives(BUCKETS)
          .register(registry);
    }

    void watch(IntSupplier acceptedImages) {
      accepted =
          Gauge.builder("cvt.accepted.images", acceptedImages::getAsInt)
              .description("Pictures that have been accepted and are not computed yet")
              .tag("model", model)
              .register(registry);
    }

    void decoded(long nanos) {
      decode.record(Duration.ofNanos(nanos));
    }

    void waited(long nanos) {
      queue.record(Duration.ofNanos(nanos));
    }

    void computed(int pictures, long nanos) {
      batch.record(pictures);
      compute.record(Duration.ofNanos(nanos));
    }

    @Override
    public void close() {
      if (!closed.compareAndSet(false, true)) {
        return;
      }
      for (Meter meter : List.of(decode, queue, compute, batch)) {
        registry.remove(meter);
      }
      if (accepted != null) {
        registry.remove(accepted);
      }
    }
  }
}
