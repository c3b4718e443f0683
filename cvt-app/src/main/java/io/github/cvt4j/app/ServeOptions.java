package io.github.cvt4j.app;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.serve.ServeConfig;
import io.github.cvt4j.weights.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** How the service runs. */
final class ServeOptions {

  private static final ServeConfig.Batching BATCHING = ServeConfig.Batching.DEFAULT;
  private static final ServeConfig.Limits LIMITS = ServeConfig.Limits.DEFAULT;
  private static final ServeConfig.Timeouts TIMEOUTS = ServeConfig.Timeouts.DEFAULT;
  private static final int LONGEST_TOKEN_FILE = 4096;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "Where to listen (default: 127.0.0.1, this machine alone; 0.0.0.0 for all).")
  private String host = ServeConfig.DEFAULT.address().host();

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Where to listen; 0 for any that is free (default: 8080).")
  private int port = ServeConfig.DEFAULT.address().port();

  @Option(
      names = "--max-batch",
      paramLabel = "N",
      description = "Most pictures computed together (default: 16).")
  private int maxBatch = BATCHING.maxBatch();

  @Option(
      names = "--max-delay-ms",
      paramLabel = "MS",
      description =
          "Longest wait of a picture for others that have arrived but are not decoded yet"
              + " (default: 10).")
  private long maxDelay = BATCHING.maxDelay().toMillis();

  @Option(
      names = "--queue",
      paramLabel = "N",
      description = "Most pictures of a model that wait; more get 429 (default: 128).")
  private int queue = BATCHING.queue();

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Batches of a model computed at the same time (default: 1).")
  private int workers = BATCHING.workers();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Until the answer, from the end of the request (default: 30).")
  private double timeout = TIMEOUTS.answer().toSeconds();

  @Option(
      names = "--body-timeout",
      paramLabel = "SECONDS",
      description = "Until a request has arrived (default: 120).")
  private double bodyTimeout = TIMEOUTS.body().toSeconds();

  @Option(
      names = "--idle-timeout",
      paramLabel = "SECONDS",
      description = "Longest silence of a client (default: 30).")
  private double idleTimeout = TIMEOUTS.idle().toSeconds();

  @Option(
      names = "--drain-timeout",
      paramLabel = "SECONDS",
      description = "For accepted requests, when the service is told to end (default: 30).")
  private double drainTimeout = TIMEOUTS.drain().toSeconds();

  @Option(
      names = "--max-body",
      paramLabel = "BYTES",
      description = "Largest request (default: 33554432, 32 MiB).")
  private long maxBody = LIMITS.body();

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      description = "Largest picture, width times height (default: 50000000).")
  private long maxPixels = LIMITS.pixels();

  @Option(
      names = "--max-images",
      paramLabel = "N",
      description = "Most pictures in a request (default: 32).")
  private int maxImages = LIMITS.images();

  @Option(
      names = "--decoders",
      paramLabel = "N",
      description = "Pictures decoded at the same time (default: one for each processor).")
  private int decoders = LIMITS.decoders();

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "Most clients at the same time; others wait to be let in (default: 1024).")
  private int maxConnections = LIMITS.connections();

  @Option(
      names = "--no-explain",
      description =
          "No looks inside (/v1/explain), which take a second copy of the weights in memory.")
  private boolean noExplain;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "Holds the token that clients must send; or the environment's CVT_TOKEN. Not an option,"
              + " which everybody on the machine could read.")
  private Path tokenFile;

  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description =
          "Holds the token for loading and unloading models; or the environment's CVT_ADMIN_TOKEN."
              + " Without it that is off.")
  private Path adminTokenFile;

  /** All of it, with so many threads for an operator and a choice of engine and type. */
  ServeConfig config(int threads, Function<Quantization, Execution> execution) {
    return new ServeConfig(
        new ServeConfig.Address(host, port),
        new ServeConfig.Batching(
            maxBatch, Duration.ofMillis(maxDelay), queue, workers, threads, execution),
        new ServeConfig.Limits(maxBody, maxPixels, maxImages, decoders, maxConnections),
        new ServeConfig.Timeouts(
            TIMEOUTS.header(),
            seconds(idleTimeout),
            seconds(bodyTimeout),
            seconds(timeout),
            seconds(drainTimeout)),
        noExplain ? ServeConfig.Looks.NONE : ServeConfig.Looks.DEFAULT,
        new ServeConfig.Access(
            token(tokenFile, "CVT_TOKEN"), token(adminTokenFile, "CVT_ADMIN_TOKEN")));
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  private static Optional<String> token(Path file, String variable) {
    if (file == null) {
      return Optional.ofNullable(System.getenv(variable)); // an empty one is no token, and refused
    }
    try {
      if (Files.size(file) > LONGEST_TOKEN_FILE) {
        throw new InvalidInputException(file + ": too long for a token; expected one line");
      }
      return Optional.of(Files.readString(file).strip());
    } catch (IOException e) {
      throw new InvalidInputException(file + ": the token cannot be read: " + e, e);
    }
  }
}
