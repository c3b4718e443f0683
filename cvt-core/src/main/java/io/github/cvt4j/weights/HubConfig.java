package io.github.cvt4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where models are downloaded from and kept, and how much of anything is put up with.
 *
 * @param endpoint the hub, http or https, without a trailing slash
 * @param token sent to the endpoint's own host and to no other
 * @param cache the hub cache, shared with Python's {@code huggingface_hub}
 * @param offline use the cache only
 * @param limits what may be fetched
 * @param patience how long to wait and how often to try again
 */
public record HubConfig(
    URI endpoint,
    Optional<String> token,
    Path cache,
    boolean offline,
    Limits limits,
    Patience patience) {

  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
  private static final int LONGEST_TOKEN_FILE = 4096;
  private static final Set<String> TRUE_WORDS = Set.of("1", "on", "yes", "true");

  /**
   * What may be fetched.
   *
   * @param weightsBytes largest weights file, in bytes
   * @param jsonBytes largest configuration file, in bytes
   * @param plainHttp whether {@code http://} addresses beyond this machine are acceptable as
   *     weights; the endpoint may always be plain http
   */
  public record Limits(long weightsBytes, long jsonBytes, boolean plainHttp) {

    public static final Limits DEFAULT = new Limits(8L << 30, 16L << 20, false);

    public Limits {
      if (weightsBytes <= 0 || jsonBytes <= 0) {
        throw new CheckpointException(
            "download limits must be above 0 bytes, not %d and %d"
                .formatted(weightsBytes, jsonBytes));
      }
    }
  }

  /**
   * How long to wait and how often to try again.
   *
   * @param connect longest wait for a connection
   * @param stall longest silence of a server, before its answer and between parts of it
   * @param lock longest wait for another download of the same file
   * @param retries further attempts after a broken connection, a server error or "too many
   *     requests"; 0 and up
   * @param backOff pause before the first retry; doubles each time
   */
  public record Patience(
      Duration connect, Duration stall, Duration lock, int retries, Duration backOff) {

    public static final Patience DEFAULT =
        new Patience(
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofMinutes(30),
            4,
            Duration.ofMillis(500));

    public Patience {
      if (!isPositive(connect) || !isPositive(stall) || lock.isNegative() || backOff.isNegative()) {
        throw new CheckpointException(
            "download time-outs must be positive, not %s, %s, %s and %s"
                .formatted(connect, stall, lock, backOff));
      }
      if (retries < 0) {
        throw new CheckpointException("download retries must be 0 or more, not " + retries);
      }
    }

    private static boolean isPositive(Duration duration) {
      return !duration.isNegative() && !duration.isZero();
    }
  }

  public HubConfig {
    String scheme = endpoint.getScheme() == null ? "" : endpoint.getScheme();
    if (!scheme.matches("(?i)https?")
        || endpoint.getHost() == null
        || endpoint.getRawUserInfo() != null
        || endpoint.getRawQuery() != null
        || endpoint.getRawFragment() != null
        || endpoint.getRawPath().endsWith("/")) {
      throw new CheckpointException(
          "hub endpoint '%s' is not of the form https://host[:port][/path]"
              .formatted(HubId.shown(endpoint.toString())));
    }
    if (token.isPresent() && !token.get().matches("[\\x21-\\x7e]+")) {
      throw new CheckpointException(
          "the hub token has characters that no token has; check HF_TOKEN or the token file");
    }
  }

  /**
   * The configuration that the usual variables ask for: {@code HF_ENDPOINT}, {@code HF_TOKEN} or
   * the file {@code HF_TOKEN_PATH} or {@code $HF_HOME/token}, {@code HF_HUB_CACHE}, {@code
   * HF_HOME}, {@code XDG_CACHE_HOME}, {@code HF_HUB_OFFLINE}; meanings and defaults as in
   * huggingface_hub's constants.py.
   *
   * @param env the environment, usually {@link System#getenv()}
   * @throws CheckpointException if one of them is malformed
   */
  public static HubConfig fromEnvironment(Map<String, String> env) {
    Path home =
        path(env, "HF_HOME")
            .or(() -> path(env, "XDG_CACHE_HOME").map(cache -> cache.resolve("huggingface")))
            .orElseGet(() -> userHome(env).resolve(".cache").resolve("huggingface"));
    Path cache =
        path(env, "HF_HUB_CACHE")
            .or(() -> path(env, "HUGGINGFACE_HUB_CACHE"))
            .orElseGet(() -> home.resolve("hub"));
    Optional<String> token =
        value(env, "HF_TOKEN")
            .or(() -> tokenIn(path(env, "HF_TOKEN_PATH").orElseGet(() -> home.resolve("token"))));
    return new HubConfig(
        endpoint(value(env, "HF_ENDPOINT").orElse(DEFAULT_ENDPOINT)),
        token,
        cache,
        isTrue(env, "HF_HUB_OFFLINE") || isTrue(env, "TRANSFORMERS_OFFLINE"),
        Limits.DEFAULT,
        Patience.DEFAULT);
  }

  /** The same with another offline setting. */
  public HubConfig withOffline(boolean other) {
    return new HubConfig(endpoint, token, cache, other, limits, patience);
  }

  /** The same with other limits. */
  public HubConfig withLimits(Limits other) {
    return new HubConfig(endpoint, token, cache, offline, other, patience);
  }

  /** The same with another patience. */
  public HubConfig withPatience(Patience other) {
    return new HubConfig(endpoint, token, cache, offline, limits, other);
  }

  /** Everything but the token, which does not belong into logs. */
  @Override
  public String toString() {
    return "HubConfig[endpoint=%s, token=%s, cache=%s, offline=%s, limits=%s, patience=%s]"
        .formatted(
            endpoint, token.isPresent() ? "(set)" : "(none)", cache, offline, limits, patience);
  }

  private static Optional<String> value(Map<String, String> env, String name) {
    return Optional.ofNullable(env.get(name)).map(String::strip).filter(text -> !text.isEmpty());
  }

  private static boolean isTrue(Map<String, String> env, String name) {
    return value(env, name)
        .filter(v -> TRUE_WORDS.contains(v.toLowerCase(Locale.ROOT)))
        .isPresent();
  }

  private static Optional<Path> path(Map<String, String> env, String name) {
    return value(env, name)
        .map(
            text -> {
              try {
                boolean inHome = text.equals("~") || text.startsWith("~/");
                return inHome
                    ? userHome(env).resolve(text.substring(Math.min(2, text.length())))
                    : Path.of(text);
              } catch (InvalidPathException e) {
                throw new CheckpointException(
                    "%s='%s' is not a folder name".formatted(name, HubId.shown(text)), e);
              }
            });
  }

  private static Path userHome(Map<String, String> env) {
    return Path.of(value(env, "HOME").orElse(System.getProperty("user.home")));
  }

  private static URI endpoint(String text) {
    try {
      return new URI(text.replaceAll("/+$", ""));
    } catch (URISyntaxException e) {
      throw new CheckpointException(
          "HF_ENDPOINT='%s' is not an address".formatted(HubId.shown(text)), e);
    }
  }

  private static Optional<String> tokenIn(Path file) {
    try (var in = Files.newInputStream(file)) {
      String text = new String(in.readNBytes(LONGEST_TOKEN_FILE), UTF_8);
      return Optional.of(text.strip()).filter(token -> !token.isEmpty());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new CheckpointException("cannot read the hub token in " + file, e);
    }
  }
}
