package io.github.cvt4j.weights;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One repository of the hub: which of its files make a model, and where its commits are kept. */
final class HubRepository implements HubSource {

  private static final Logger LOG = LoggerFactory.getLogger(HubRepository.class);

  private static final List<String> WEIGHTS = List.of("model.safetensors", "pytorch_model.bin");
  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";
  private static final String SHARD_INDEX = ".index.json";

  /** A file in the cache and the commit it belongs to. */
  private record Kept(String commit, Path path) {}

  private final HubId id;
  private final HubConfig config;
  private final HubHttp http;
  private final HubCache cache;
  private final HubStore store;

  HubRepository(HubId id, HubConfig config, HubHttp http, HubStore store) {
    this.id = id;
    this.config = config;
    this.http = http;
    this.cache = new HubCache(config.cache(), id.folder());
    this.store = store;
  }

  @Override
  public HubSnapshot fetch() throws IOException, InterruptedException {
    Kept weights = weights();
    String commit = weights.commit();
    // From here on by commit, so that a push in between cannot mix two versions.
    Optional<Kept> model = obtain(commit, CONFIG, config.limits().jsonBytes());
    Optional<Kept> preprocessor = obtain(commit, PREPROCESSOR, config.limits().jsonBytes());
    cache.remember(id.revision(), commit);
    return new HubSnapshot(
        weights.path(), model.map(Kept::path), preprocessor.map(Kept::path), commit);
  }

  @Override
  public Optional<HubSnapshot> cached() {
    return cache
        .commit(id.revision())
        .flatMap(
            commit ->
                WEIGHTS.stream()
                    .flatMap(name -> cache.find(commit, name).stream())
                    .findFirst()
                    .map(
                        weights ->
                            new HubSnapshot(
                                weights,
                                cache.find(commit, CONFIG),
                                cache.find(commit, PREPROCESSOR),
                                commit)));
  }

  @Override
  public String absence() {
    return cache
        .commit(id.revision())
        .map(
            commit ->
                "the cache %s has neither %s of %s (commit %s)"
                    .formatted(config.cache(), String.join(" nor ", WEIGHTS), id, commit))
        .orElse(
            "the cache %s has no revision %s of %s".formatted(config.cache(), id.revision(), id));
  }

  @Override
  public String toString() {
    return id.toString();
  }

  private Kept weights() throws IOException, InterruptedException {
    for (String name : WEIGHTS) {
      Optional<Kept> weights = obtain(id.revision(), name, config.limits().weightsBytes());
      if (weights.isPresent()) {
        return weights.get();
      }
    }
    for (String name : WEIGHTS) {
      if (ask(id.revision(), name + SHARD_INDEX).isPresent()) {
        throw new CheckpointException(
            "%s keeps its weights in several files (%s%s), which is not supported; save them as one"
                .formatted(id, name, SHARD_INDEX));
      }
    }
    throw new CheckpointException(
        "%s at %s has neither %s at revision %s"
            .formatted(id, config.endpoint(), String.join(" nor ", WEIGHTS), id.revision()));
  }

  /** A file at a revision or commit, downloaded if it is not here; empty if there is none. */
  private Optional<Kept> obtain(String at, String name, long limit)
      throws IOException, InterruptedException {
    if (HubId.isCommit(at)) {
      Optional<Path> here = cache.find(at, name);
      if (here.isPresent() || cache.isAbsent(at, name)) {
        return here.map(path -> new Kept(at, path));
      }
    }
    Optional<HubHead> head = ask(at, name);
    if (head.isEmpty()) {
      return Optional.empty();
    }
    String commit = HubId.isCommit(at) ? at : commit(head.get(), name);
    Path path = store.obtain(cache, commit, describe(head.get(), commit, name, limit));
    return Optional.of(new Kept(commit, path));
  }

  /** What the hub says about a file; empty if it has none of that name. */
  private Optional<HubHead> ask(String at, String name) throws IOException, InterruptedException {
    HubHead head = http.head(id.address(config.endpoint(), at, name), what(name));
    if (head.isMissing()) {
      head.commit().filter(HubId::isCommit).ifPresent(commit -> cache.markAbsent(commit, name));
      return Optional.empty();
    }
    if (!head.isFound()) {
      throw http.refusal(head.last(), what(name));
    }
    return Optional.of(head);
  }

  private HubFile describe(HubHead head, String commit, String name, long limit) {
    String etag = head.etag().orElse("");
    if (!etag.matches("[\\w-]{1,128}")) {
      throw new CheckpointException(
          "%s: %s gives the entity tag '%s', which no hub does; check HF_ENDPOINT"
              .formatted(what(name), HubHttp.host(head.last().uri()), HubId.shown(etag)));
    }
    Optional<HubChecksum> checksum = HubChecksum.of(etag);
    if (checksum.isEmpty()) {
      LOG.warn("{}: the server names no digest, so the content cannot be checked", what(name));
    }
    Map<String, String> resume =
        checksum.isPresent() ? Map.of() : Map.of("If-Range", "\"" + etag + "\"");
    URI uri = id.address(config.endpoint(), commit, name);
    return new HubFile(
        uri, name, what(name), etag, head.size(), checksum, Optional.of(resume), limit);
  }

  private String commit(HubHead head, String name) {
    return head.commit()
        .filter(HubId::isCommit)
        .orElseThrow(
            () ->
                new CheckpointException(
                    "%s: %s does not name a commit, so it is no hub; check HF_ENDPOINT"
                        .formatted(what(name), HubHttp.host(head.last().uri()))));
  }

  private String what(String name) {
    return name + " of " + id;
  }
}
