package io.github.cvt4j.serve;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.weights.Hub;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves models over HTTP/1.1 until it is closed:
 *
 * <pre>{@code
 * try (CvtServer server = CvtServer.start(ServeConfig.DEFAULT, models, hub)) {
 *   System.out.println(server.uri());
 *   server.join();
 * }
 * }</pre>
 *
 * <p>Thread-safe. Owns the native memory of its models and frees it when it closes.
 */
public final class CvtServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(CvtServer.class);

  /** Handlers do not wait, so that these serve any number of clients. */
  private static final int MOST_THREADS = 32;

  /** All bodies together may take this part of the heap. */
  private static final int HEAP_OVER_BODIES = 4;

  private static final int LONGEST_HEADER = 8 << 10;

  /** Looks at the connections within the patience that a header has. */
  private static final int SWEEPS = 8;

  /** How long requests that are over may take to let go of their model. */
  private static final Duration LETTING_GO = Duration.ofSeconds(10);

  private final ServeConfig config;
  private final Metrics metrics = new Metrics();
  private final Models models = new Models();
  private final Gate gate = new Gate();
  private final MemoryBudget memory =
      new MemoryBudget(Runtime.getRuntime().maxMemory() / HEAP_OVER_BODIES);
  private final ScheduledExecutorService clock = clock();
  private final Future<?> sweeping;
  private final Decoders decoders;
  private final Lookers lookers;
  private final ModelLoader loader;
  private final Router router;
  private final Server server;
  private final ServerConnector connector;
  private boolean closed;

  private CvtServer(ServeConfig config, Hub hub) {
    this.config = config;
    QueuedThreadPool threads = new QueuedThreadPool(MOST_THREADS);
    threads.setName("http");
    server = new Server(threads);
    decoders = new Decoders(config.limits());
    Inference inference = new Inference(decoders, config.timeouts().answer(), clock);
    lookers = new Lookers(config, decoders, clock);
    loader = new ModelLoader(models, config.batching(), config.looks(), metrics, hub);
    Bodies bodies = new Bodies(config.limits(), config.timeouts(), memory);
    List<Route> routes = new ArrayList<>();
    PictureRequests pictures = new PictureRequests(models, bodies, threads);
    routes.addAll(new InferenceRoutes(pictures, inference, config.limits().images()).routes());
    routes.addAll(new ExplainRoutes(pictures, lookers).routes());
    routes.addAll(new ModelRoutes(models, loader, bodies).routes());
    routes.addAll(new StatusRoutes(models, metrics, gate).routes());
    router = new Router(routes, config.access(), new Pages());
    HeaderTimeout headers = new HeaderTimeout(config.timeouts().header());
    long pause = Math.max(1, config.timeouts().header().toMillis() / SWEEPS);
    sweeping = clock.scheduleWithFixedDelay(headers::sweep, pause, pause, TimeUnit.MILLISECONDS);
    connector = connector(headers);
    server.addConnector(connector);
    server.setHandler(
        new Front(router, gate, new Sites(config.address().host()), headers, metrics));
    server.setErrorHandler(new Errors(metrics));
    metrics.gauge("cvt.models", "Models in memory", () -> models.list().size());
    metrics.gauge("cvt.decoding.waiting", "Pictures that wait for a decoder", decoders::waiting);
    metrics.gauge("cvt.looks.waiting", "Looks inside that wait for their turn", lookers::waiting);
    metrics.gauge("cvt.requests.active", "Requests that are being answered", gate::inside);
    metrics.gauge("cvt.connections", "Clients", () -> connector.getConnectedEndPoints().size());
  }

  /** Forgets the timeout of a request that has its answer; else it would be kept until its time. */
  private static ScheduledExecutorService clock() {
    ScheduledThreadPoolExecutor made =
        new ScheduledThreadPoolExecutor(1, task -> Inference.daemon(task, "clock"));
    made.setRemoveOnCancelPolicy(true);
    return made;
  }

  private ServerConnector connector(HeaderTimeout headers) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(LONGEST_HEADER);
    ServerConnector made = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    made.setHost(config.address().host());
    made.setPort(config.address().port());
    made.setIdleTimeout(config.timeouts().idle().toMillis());
    made.addBean(headers);
    made.addBean(new NetworkConnectionLimit(config.limits().connections(), made));
    return made;
  }

  /**
   * Loads the models and begins to listen.
   *
   * @param sources models by name; the first is the default
   * @param hub fetches what is not a local file
   * @throws InvalidInputException if a model cannot be loaded, or the address cannot be had
   */
  public static CvtServer start(ServeConfig config, Map<String, ModelSource> sources, Hub hub) {
    CvtServer made = new CvtServer(config, hub);
    try {
      for (Map.Entry<String, ModelSource> source : sources.entrySet()) {
        made.loader.load(requireName(source.getKey()), source.getValue());
      }
      made.listen();
      return made;
    } catch (RuntimeException | Error e) {
      made.close();
      throw e;
    }
  }

  private static String requireName(String name) {
    if (!Models.NAME.matcher(name).matches()) {
      throw new InvalidInputException(
          "a model named '%s': expected 1 to 64 letters, digits, '.', '_' and '-'".formatted(name));
    }
    return name;
  }

  private void listen() {
    try {
      server.start();
    } catch (IOException e) {
      String why = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
      throw new InvalidInputException(
          "cannot listen at %s, port %d: %s"
              .formatted(config.address().host(), config.address().port(), why),
          e);
    } catch (Exception e) { // all that Jetty says of what a start may throw
      throw new IllegalStateException(e);
    }
  }

  /** Where it listens. */
  public URI uri() {
    String host = config.address().host();
    String shown = host.contains(":") ? "[" + host + "]" : host;
    return URI.create("http://" + shown + ":" + connector.getLocalPort());
  }

  /** All that may be asked for. */
  List<Route> routes() {
    return router.routes();
  }

  Models models() {
    return models;
  }

  Metrics metrics() {
    return metrics;
  }

  MemoryBudget memory() {
    return memory;
  }

  /** Waits until the server has been closed. */
  public void join() throws InterruptedException {
    server.join();
  }

  /**
   * Ends gracefully: new requests are refused, accepted ones are answered as long as the
   * configuration has patience, and the models' memory is freed.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    gate.close();
    try {
      int left = gate.awaitEmpty(config.timeouts().drain());
      if (left > 0) {
        LOG.warn("{} requests were not done in time", left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      server.stop();
    } catch (Exception e) { // all that Jetty says of what a stop may throw
      LOG.warn("the server did not stop cleanly", e);
    }
    sweeping.cancel(false);
    loader.close();
    if (!models.close(LETTING_GO)) {
      LOG.warn("a model is still in use; its memory is left to the end of the process");
    }
    lookers.close();
    decoders.close();
    clock.shutdownNow();
    metrics.close();
  }
}
