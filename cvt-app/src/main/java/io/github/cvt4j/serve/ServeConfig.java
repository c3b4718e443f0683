package io.github.cvt4j.serve;

import io.github.cvt4j.InvalidInputException;
import io.github.cvt4j.infer.Execution;
import io.github.cvt4j.weights.Quantization;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * How the service runs.
 *
 * @param address where it listens
 * @param batching how pictures of several requests are computed together
 * @param limits how much of anything is taken
 * @param timeouts how long anything may take
 * @param looks whether clients may look inside models
 * @param access who may ask
 */
public record ServeConfig(
    Address address,
    Batching batching,
    Limits limits,
    Timeouts timeouts,
    Looks looks,
    Access access) {

  /** On this machine alone, at port 8080, with the defaults of each part. */
  public static final ServeConfig DEFAULT =
      new ServeConfig(
          new Address("127.0.0.1", 8080),
          Batching.DEFAULT,
          Limits.DEFAULT,
          Timeouts.DEFAULT,
          Looks.DEFAULT,
          Access.OPEN);

  /** The same at another address. */
  public ServeConfig with(Address other) {
    return new ServeConfig(other, batching, limits, timeouts, looks, access);
  }

  /** The same with other batches. */
  public ServeConfig with(Batching other) {
    return new ServeConfig(address, other, limits, timeouts, looks, access);
  }

  /** The same with other limits. */
  public ServeConfig with(Limits other) {
    return new ServeConfig(address, batching, other, timeouts, looks, access);
  }

  /** The same with other timeouts. */
  public ServeConfig with(Timeouts other) {
    return new ServeConfig(address, batching, limits, other, looks, access);
  }

  /** The same with other looks inside. */
  public ServeConfig with(Looks other) {
    return new ServeConfig(address, batching, limits, timeouts, other, access);
  }

  /** The same for others. */
  public ServeConfig with(Access other) {
    return new ServeConfig(address, batching, limits, timeouts, looks, other);
  }

  public ServeConfig {
    if (limits.images() > batching.queue()) {
      throw new InvalidInputException(
          "%d pictures a request do not fit a queue of %d: expected a queue at least as long"
              .formatted(limits.images(), batching.queue()));
    }
  }

  /**
   * Where the service listens.
   *
   * @param host a name or address of this machine; {@code 0.0.0.0} for all of them
   * @param port 0 for any that is free
   */
  public record Address(String host, int port) {

    public Address {
      Bounds.check("port", port, 0, 65_535);
      if (host.isBlank()) {
        throw new InvalidInputException("an empty host; expected a name or an address");
      }
    }
  }

  /**
   * How a model's pictures are computed.
   *
   * @param maxBatch most pictures computed together
   * @param maxDelay longest wait for pictures that are still being decoded; a picture never waits
   *     for others that nobody has sent
   * @param queue most pictures of a model that have been accepted and are not computed yet
   * @param workers batches computed at the same time
   * @param threads threads of an operator, for each worker
   * @param execution engine and type for a model's weights; {@link Execution#choose} finds the
   *     fastest for this machine
   */
  public record Batching(
      int maxBatch,
      Duration maxDelay,
      int queue,
      int workers,
      int threads,
      Function<Quantization, Execution> execution) {

    /**
     * In single precision. Sixteen pictures reach what a processor can do (between batches of 8 and
     * of 32 lie a few percent), and one batch stays short enough for those who wait.
     */
    public static final Batching DEFAULT =
        new Batching(
            16,
            Duration.ofMillis(10),
            128,
            1,
            Runtime.getRuntime().availableProcessors(),
            weights -> Execution.FUSED);

    public Batching {
      Bounds.check("largest batch", maxBatch, 1, 1024);
      Bounds.check("queue", queue, 1, 65_536);
      Bounds.check("workers", workers, 1, 256);
      Bounds.check("threads", threads, 1, 1024);
      Bounds.check("delay in milliseconds", maxDelay.toMillis(), 0, 60_000);
    }
  }

  /**
   * How much of anything is taken.
   *
   * @param body most bytes of a request's body
   * @param pixels most pixels of a picture; decoding takes up to 11 bytes of heap for each, and
   *     fewer are taken where that would be more than half the heap
   * @param images most pictures of a request
   * @param decoders pictures decoded at the same time
   * @param connections most clients; more wait to be let in
   */
  public record Limits(long body, long pixels, int images, int decoders, int connections) {

    /** Bodies of 32 MiB, 50 million pixels, 32 pictures, as many decoders as processors. */
    public static final Limits DEFAULT =
        new Limits(32L << 20, 50_000_000, 32, Runtime.getRuntime().availableProcessors(), 1024);

    public Limits {
      Bounds.check("body in bytes", body, 1, 1L << 30);
      Bounds.check("pixels", pixels, 1, 1L << 28);
      Bounds.check("pictures of a request", images, 1, 4096);
      Bounds.check("decoders", decoders, 1, 256);
      Bounds.check("connections", connections, 1, 100_000);
    }

    /** The same with other pictures. */
    Limits with(long otherPixels, int otherDecoders) {
      return new Limits(body, otherPixels, images, otherDecoders, connections);
    }
  }

  /**
   * How long anything may take.
   *
   * @param header until a request's header is complete, from its first byte
   * @param idle longest silence of a client
   * @param body until a request's body is complete; it must also keep up {@link BodyReader#SLOWEST}
   *     bytes a second
   * @param answer until the answer, from the end of the body
   * @param drain how long accepted requests are still worked on when the service ends
   */
  public record Timeouts(
      Duration header, Duration idle, Duration body, Duration answer, Duration drain) {

    /** 10 and 30 seconds, 2 minutes, 30 and 30 seconds. */
    public static final Timeouts DEFAULT =
        new Timeouts(
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30));

    public Timeouts {
      long day = Duration.ofDays(1).toMillis();
      Bounds.check("header timeout in milliseconds", header.toMillis(), 1, day);
      Bounds.check("idle timeout in milliseconds", idle.toMillis(), 1, day);
      Bounds.check("body timeout in milliseconds", body.toMillis(), 1, day);
      Bounds.check("answer timeout in milliseconds", answer.toMillis(), 1, day);
      Bounds.check("drain timeout in milliseconds", drain.toMillis(), 0, day);
    }

    /** The same with another wait for answers. */
    public Timeouts withAnswer(Duration other) {
      return new Timeouts(header, idle, body, other, drain);
    }
  }

  /**
   * Looks inside models, which need a plain copy of a model's weights beside the fused one.
   *
   * @param on whether there are any
   * @param queue most that wait; they are made one at a time
   */
  public record Looks(boolean on, int queue) {

    /** There are, and eight may wait. */
    public static final Looks DEFAULT = new Looks(true, 8);

    /** There are none. */
    public static final Looks NONE = new Looks(false, 1);

    public Looks {
      Bounds.check("queue of looks", queue, 1, 1024);
    }
  }

  /**
   * Who may ask.
   *
   * @param token asked of everybody who wants an answer of a model; empty to let everybody in
   * @param adminToken asked of those who load and unload models; empty to let nobody
   */
  public record Access(Optional<String> token, Optional<String> adminToken) {

    /** Everybody may ask; nobody may load. */
    public static final Access OPEN = new Access(Optional.empty(), Optional.empty());

    private static final int SHORTEST = 16;

    public Access {
      token.ifPresent(Access::requireStrong);
      adminToken.ifPresent(Access::requireStrong);
    }

    private static void requireStrong(String token) {
      if (token.length() < SHORTEST || !token.matches("[\\x21-\\x7e]+")) {
        throw new InvalidInputException(
            "a token of %d characters: expected at least %d, of ASCII without blanks"
                .formatted(token.length(), SHORTEST));
      }
    }

    /** Tokens are not for logs. */
    @Override
    public String toString() {
      return "Access[token=%s, adminToken=%s]"
          .formatted(token.isPresent() ? "set" : "none", adminToken.isPresent() ? "set" : "none");
    }
  }
}
