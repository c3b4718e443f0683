package io.github.cvt4j.weights;

import java.util.Optional;

/**
 * What is known about a remote file before it is fetched. The hub says it on the response that
 * redirects to the storage server, so it is gathered along the way.
 *
 * @param commit {@code X-Repo-Commit}: what the revision stands for
 * @param linkedEtag {@code X-Linked-Etag}: the digest of the file behind the redirect
 * @param linkedSize {@code X-Linked-Size}: its size, or -1
 * @param last the response that ended the search; closed, only its headers are of use
 */
record HubHead(
    Optional<String> commit, Optional<String> linkedEtag, long linkedSize, HubResponse last) {

  /** What one response says. */
  HubHead(HubResponse response) {
    this(
        response.header("X-Repo-Commit"),
        response.header("X-Linked-Etag").map(HubHead::bare),
        response.length("X-Linked-Size"),
        response);
  }

  /** This and what a later response adds to it. */
  HubHead then(HubHead later) {
    return new HubHead(
        commit.or(later::commit),
        linkedEtag.or(later::linkedEtag),
        linkedSize >= 0 ? linkedSize : later.linkedSize,
        later.last);
  }

  /** Whether the storage server need not be asked; it often answers nothing but GET. */
  boolean isComplete() {
    return commit.isPresent() && linkedEtag.isPresent();
  }

  boolean isFound() {
    return last.isSuccess() || last.isRedirect();
  }

  /** The hub (or a plain mirror, with no error code) does not have this one file. */
  boolean isMissing() {
    return last.status() == 404
        && last.header("X-Error-Code").map("EntryNotFound"::equals).orElse(true);
  }

  /** The entity tag without quotes and weakness mark. */
  Optional<String> etag() {
    return linkedEtag.or(() -> last.header("ETag").map(HubHead::bare));
  }

  /** Bytes, or -1 if nobody says. */
  long size() {
    boolean plain = last.isSuccess() && last.header("Content-Encoding").isEmpty();
    return linkedSize < 0 && plain ? last.length("Content-Length") : linkedSize;
  }

  private static String bare(String etag) {
    return etag.replaceFirst("^W/", "").replaceAll("^\"|\"$", "");
  }
}
