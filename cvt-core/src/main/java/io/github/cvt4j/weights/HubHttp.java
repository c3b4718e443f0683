package io.github.cvt4j.weights;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests to the hub and to wherever it redirects. Follows redirects itself, because the token may
 * go to the endpoint's own host only. Passing faults are {@link IOException}s, final ones {@link
 * CheckpointException}s.
 */
final class HubHttp {

  private static final Logger LOG = LoggerFactory.getLogger(HubHttp.class);
  private static final int MOST_REDIRECTS = 10;

  /**
   * One request of a chain of redirects.
   *
   * @param trusted whether the chain has not left the hub; one that has does not get the token back
   */
  private record Hop(URI uri, boolean trusted, int redirects) {}

  private final HubConfig config;
  private HttpClient client; // null until something is asked for

  HubHttp(HubConfig config) {
    this.config = config;
  }

  /**
   * Made late, for most models are local: a client costs a fifth of a second, and its thread, which
   * waits in native code, holds the end of the JVM up for another third.
   */
  private synchronized HttpClient client() {
    if (client == null) {
      client =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(config.patience().connect())
              .build();
    }
    return client;
  }

  HubRetry retry() {
    return new HubRetry(config.patience().retries(), config.patience().backOff());
  }

  /**
   * Asks about a file, with retries unless nobody can be reached at all.
   *
   * @param what the file, for messages
   */
  HubHead head(URI uri, String what) throws IOException, InterruptedException {
    return retry().run(() -> headOnce(uri, what), e -> !isUnreachable(e));
  }

  private HubHead headOnce(URI uri, String what) throws IOException, InterruptedException {
    Hop hop = new Hop(uri, isHub(uri), 0);
    HubHead head = null;
    while (true) {
      try (HubResponse response = send("HEAD", hop, Map.of())) {
        head = head == null ? new HubHead(response) : head.then(new HubHead(response));
        if (!response.isRedirect() || head.isComplete()) {
          return head;
        }
        hop = next(hop, response, what);
      }
    }
  }

  /**
   * Asks for a file once. The answer may have any status but a redirect or one that asks to come
   * back later; whoever calls closes it.
   */
  HubResponse get(URI uri, Map<String, String> headers, String what)
      throws IOException, InterruptedException {
    Hop hop = new Hop(uri, isHub(uri), 0);
    while (true) {
      HubResponse response = send("GET", hop, headers);
      if (!response.isRedirect()) {
        return response;
      }
      try (response) {
        hop = next(hop, response, what);
      }
    }
  }

  /** Why a server did not give a file, and what can be done about it. */
  CheckpointException refusal(HubResponse response, String what) {
    String code = response.header("X-Error-Code").orElse("");
    String detail =
        response.header("X-Error-Message").map(text -> ": " + HubId.shown(text)).orElse("");
    boolean denied = response.status() == 401 || response.status() == 403;
    String reason;
    if (denied && code.equals("GatedRepo")) {
      reason = "the repository is gated: accept its terms on its page and set HF_TOKEN";
    } else if (code.equals("RepoNotFound")) {
      reason = "no such repository, or a private one that HF_TOKEN gives no access to";
    } else if (code.equals("RevisionNotFound")) {
      reason = "the repository has no such revision";
    } else if (code.equals("DisabledRepo")) {
      reason = "the repository has been disabled";
    } else if (response.status() == 401 && response.fromHub() && config.token().isPresent()) {
      reason = "the hub does not accept the token; renew HF_TOKEN";
    } else if (response.status() == 401 && response.fromHub()) {
      reason =
          "the hub wants a login; check the name, or set HF_TOKEN if the repository is private";
    } else if (denied) {
      reason = "access denied" + detail;
    } else if (response.status() == 404) {
      reason = "not found" + detail;
    } else {
      reason = "unexpected answer" + detail;
    }
    return new CheckpointException(
        "%s: %s (%s answered %d)".formatted(what, reason, host(response.uri()), response.status()));
  }

  /** Whether the fault is that there is no connection. */
  static boolean isUnreachable(IOException e) {
    return e instanceof ConnectException
        || e instanceof HttpConnectTimeoutException
        || e instanceof SSLException;
  }

  static String host(URI uri) {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  private Hop next(Hop hop, HubResponse response, String what) {
    if (hop.redirects == MOST_REDIRECTS) {
      throw new CheckpointException(
          "%s: %s redirects in circles (over %d times)"
              .formatted(what, host(hop.uri), MOST_REDIRECTS));
    }
    URI target = target(hop.uri, response.header("Location"), what);
    return new Hop(target, hop.trusted && isHub(target), hop.redirects + 1);
  }

  private HubResponse send(String method, Hop hop, Map<String, String> headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(hop.uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .setHeader("User-Agent", "cvt4j")
            .setHeader("Accept-Encoding", "identity");
    headers.forEach(request::setHeader);
    if (hop.trusted) {
      config.token().ifPresent(token -> request.setHeader("Authorization", "Bearer " + token));
    }
    HttpResponse<Flow.Publisher<List<ByteBuffer>>> raw = await(hop.uri, request.build());
    HubResponse response =
        new HubResponse(
            hop.uri,
            isHub(hop.uri),
            raw.statusCode(),
            raw.headers(),
            new HubBody(raw.body(), config.patience().stall()));
    if (response.isBusy()) {
      response.close();
      throw new HubRetry.BusyException(
          "%s answered %d%s"
              .formatted(
                  host(hop.uri),
                  response.status(),
                  response.status() == 429 ? " (too many requests; try again later)" : ""),
          response.retryAfter());
    }
    return response;
  }

  /**
   * Waits for the headers of an answer. Not with the request's own time-out: newer JDKs (26 and up)
   * count the body into that.
   */
  private HttpResponse<Flow.Publisher<List<ByteBuffer>>> await(URI uri, HttpRequest request)
      throws IOException, InterruptedException {
    long patience = config.patience().connect().plus(config.patience().stall()).toMillis();
    CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> answer =
        client().sendAsync(request, BodyHandlers.ofPublisher());
    try {
      return answer.get(patience, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new SocketTimeoutException(
          "%s has not answered for %d ms".formatted(host(uri), patience));
    } catch (ExecutionException e) {
      throw fault(uri, e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  private static IOException fault(URI uri, Throwable cause) {
    if (cause instanceof HttpConnectTimeoutException || cause instanceof SSLException) {
      return (IOException) cause;
    }
    if (cause instanceof ConnectException) {
      boolean unknown = cause.getCause() instanceof UnresolvedAddressException;
      IOException fault =
          new ConnectException(
              unknown ? "there is no host " + uri.getHost() : "no connection to " + host(uri));
      fault.initCause(cause);
      return fault;
    }
    return new IOException(
        "%s broke off the connection (%s)"
            .formatted(host(uri), HubId.shown(String.valueOf(cause.getMessage()))),
        cause);
  }

  /** Whether an address is on the endpoint's own scheme, host and port. */
  boolean isHub(URI uri) {
    URI hub = config.endpoint();
    return hub.getScheme().equalsIgnoreCase(uri.getScheme())
        && hub.getHost().equalsIgnoreCase(uri.getHost())
        && port(hub) == port(uri);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }

  /**
   * Where a redirect leads.
   *
   * @throws CheckpointException if that is nowhere, not http, or a step from https down to http
   */
  static URI target(URI from, Optional<String> location, String what) {
    URI target = null;
    try {
      target = location.map(from::resolve).orElse(null);
    } catch (IllegalArgumentException e) {
      LOG.debug("{}: unreadable redirect", what, e);
    }
    if (target == null || target.getHost() == null || !isHttp(target)) {
      throw new CheckpointException(
          "%s: %s redirects to an address that is not http or https".formatted(what, host(from)));
    }
    if (from.getScheme().equalsIgnoreCase("https")
        && !target.getScheme().equalsIgnoreCase("https")) {
      throw new CheckpointException(
          "%s: %s redirects from https to unprotected http".formatted(what, host(from)));
    }
    return target;
  }

  static boolean isHttp(URI uri) {
    return uri.getScheme() != null && uri.getScheme().matches("(?i)https?");
  }
}
