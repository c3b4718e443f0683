package io.github.cvt4j.weights;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * One weights file at an address. Kept like a repository with this one file: the folder stands for
 * the address, the commit for the address and the file's version ({@code ETag}, else {@code
 * Last-Modified}). A file without a version is downloaded once and then kept.
 */
final class HubUrl implements HubSource {

  private static final String REVISION = "latest";
  private static final int KEY_DIGITS = 40;
  private static final int LONGEST_NAME = 100;

  private final URI uri;
  private final String name;
  private final HubConfig config;
  private final HubHttp http;
  private final HubCache cache;
  private final HubStore store;

  private HubUrl(URI uri, HubConfig config, HubHttp http, HubStore store) {
    this.uri = uri;
    this.name = fileName(uri);
    this.config = config;
    this.http = http;
    this.cache = new HubCache(config.cache(), "cvt4j-url--" + key(uri.toString()));
    this.store = store;
  }

  /**
   * Reads an address.
   *
   * @throws CheckpointException if it is malformed, or neither https nor an acceptable plain http
   */
  static HubUrl parse(String source, HubConfig config, HubHttp http, HubStore store) {
    URI uri;
    try {
      uri = new URI(source.replaceFirst("#.*", ""));
    } catch (URISyntaxException e) {
      throw new CheckpointException(
          "'%s' is not an address: %s".formatted(HubId.shown(source), e.getReason()), e);
    }
    if (uri.getHost() == null || !HubHttp.isHttp(uri)) {
      throw new CheckpointException(
          "'%s' is not an address of the form https://host/file".formatted(HubId.shown(source)));
    }
    if (uri.getRawUserInfo() != null) {
      throw new CheckpointException(
          "the address at %s has a user name in it, which is not supported"
              .formatted(HubHttp.host(uri)));
    }
    boolean secure = uri.getScheme().equalsIgnoreCase("https");
    if (!secure && !config.limits().plainHttp() && !isThisMachine(uri) && !http.isHub(uri)) {
      throw new CheckpointException(
          "%s is unprotected http, so anybody on the way could change the file; use https"
              .formatted(withoutQuery(uri)));
    }
    return new HubUrl(uri, config, http, store);
  }

  @Override
  public HubSnapshot fetch() throws IOException, InterruptedException {
    HubFile file = describe();
    String commit = key(uri + "\n" + file.blob());
    HubSnapshot snapshot = snapshot(store.obtain(cache, commit, file), commit);
    cache.remember(REVISION, commit);
    return snapshot;
  }

  @Override
  public Optional<HubSnapshot> cached() {
    return cache
        .commit(REVISION)
        .flatMap(commit -> cache.find(commit, name).map(path -> snapshot(path, commit)));
  }

  @Override
  public String absence() {
    return "the cache %s does not have %s".formatted(config.cache(), this);
  }

  /** The address without its query, which may hold a signature. */
  @Override
  public String toString() {
    return withoutQuery(uri);
  }

  private HubFile describe() throws IOException, InterruptedException {
    HubHead head = http.head(uri, toString());
    long limit = config.limits().weightsBytes();
    if (!head.isFound()) {
      if (!refusesHead(head.last())) {
        throw http.refusal(head.last(), toString());
      }
      return file("unversioned", -1, Optional.empty(), limit);
    }
    Optional<String> digest = head.linkedEtag().filter(etag -> HubChecksum.of(etag).isPresent());
    if (digest.isPresent()) {
      return new HubFile(
          uri,
          name,
          toString(),
          digest.get(),
          head.size(),
          HubChecksum.of(digest.get()),
          Optional.of(Map.of()),
          limit);
    }
    Optional<String> etag = head.last().header("ETag");
    Optional<Map<String, String>> resume =
        etag.filter(tag -> tag.startsWith("\"")).map(tag -> Map.of("If-Range", tag));
    String version = etag.or(() -> head.last().header("Last-Modified")).orElse("unversioned");
    return file(version, head.size(), resume, limit);
  }

  private HubFile file(
      String version, long size, Optional<Map<String, String>> resume, long limit) {
    return new HubFile(uri, name, toString(), key(version), size, Optional.empty(), resume, limit);
  }

  /** Addresses that were signed for GET do not answer HEAD. */
  private static boolean refusesHead(HubResponse response) {
    return response.status() == 403 || response.status() == 405;
  }

  private static HubSnapshot snapshot(Path weights, String commit) {
    return new HubSnapshot(weights, Optional.empty(), Optional.empty(), commit);
  }

  private static String key(String text) {
    return HubChecksum.ofText(text).substring(0, KEY_DIGITS);
  }

  private static boolean isThisMachine(URI uri) {
    return uri.getHost().matches("(?i)localhost|127(\\.\\d{1,3}){3}|\\[::1]");
  }

  private static String withoutQuery(URI uri) {
    return HubId.shown(uri.toString().replaceFirst("\\?.*", ""));
  }

  private static String fileName(URI uri) {
    String last = uri.getRawPath().replaceFirst(".*/", "");
    String name = last.replaceAll("[^\\w.-]", "_").replaceFirst("^\\.+", "");
    return name.isEmpty() || name.length() > LONGEST_NAME ? "weights" : name;
  }
}
