package io.github.cvt4j.serve;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.infer.Features;
import io.github.cvt4j.infer.LoadedModel;
import io.github.cvt4j.infer.ModelSource;
import io.github.cvt4j.infer.Network;
import io.github.cvt4j.serve.ServeConfig.Batching;
import io.github.cvt4j.spec.CvtSpec;
import io.github.cvt4j.weights.Hub;
import io.github.cvt4j.weights.HubConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.LoggerFactory;

/** A server in this process with a tiny model, and ways to get at it. */
final class TestServer implements AutoCloseable {

  static final ModelSource TINY = ModelSource.fresh("cvt-tiny-32", 1);
  static final String NAME = "tiny";
  static final String ADMIN_TOKEN = "an-admin-token-for-the-tests";

  private static final Path GOLDEN =
      Path.of("..", "cvt-core", "src", "test", "resources", "golden");

  /** One thread, small batches, room for all tests. */
  static final ServeConfig CONFIG =
      ServeConfig.DEFAULT
          .with(new ServeConfig.Address("127.0.0.1", 0))
          .with(new Batching(8, Duration.ofMillis(20), 64, 1, 1, weights -> Execution.FUSED));

  static {
    // A line for each of thousands of requests is of no use here.
    ((Logger) LoggerFactory.getLogger("io.github.cvt4j.serve")).setLevel(Level.ERROR);
  }

  final CvtServer server;
  final Client client;

  private TestServer(CvtServer server) {
    this.server = server;
    this.client = new Client(server.uri());
  }

  static TestServer start() {
    return start(CONFIG);
  }

  static TestServer start(ServeConfig config) {
    return new TestServer(CvtServer.start(config, Map.of(NAME, TINY), hub()));
  }

  private static Hub hub() {
    return new Hub(HubConfig.fromEnvironment(Map.of()).withOffline(true));
  }

  /** Adds a model whose batches each wait for a permit, the one of its warm-up apart. */
  Semaphore addHeldUp(String name, Batching batching) {
    Semaphore permits = new Semaphore(1);
    LoadedModel loaded = TINY.open();
    server
        .models()
        .add(
            ServedModel.open(
                name,
                loaded,
                new HeldUp(loaded.network(Execution.FUSED), permits),
                Optional.empty(),
                batching,
                server.metrics()));
    return permits;
  }

  Batcher batcher(String name) {
    return server.models().list().stream()
        .filter(model -> model.name().equals(name))
        .findFirst()
        .orElseThrow()
        .batcher();
  }

  static Path golden(String file) {
    return GOLDEN.resolve(file);
  }

  /** A picture of the golden files. */
  static byte[] picture(String file) {
    try {
      return Files.readAllBytes(golden("preproc").resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    server.close();
  }

  private record HeldUp(Network network, Semaphore permits) implements Network {

    @Override
    public Execution execution() {
      return network.execution();
    }

    @Override
    public CvtSpec spec() {
      return network.spec();
    }

    @Override
    public Tensor logits(Tensor images) {
      permits.acquireUninterruptibly();
      return network.logits(images);
    }

    @Override
    public Tensor preLogits(Tensor images) {
      return network.preLogits(images);
    }

    @Override
    public Features features(Tensor images) {
      return network.features(images);
    }

    @Override
    public void close() {
      network.close();
    }
  }
}
