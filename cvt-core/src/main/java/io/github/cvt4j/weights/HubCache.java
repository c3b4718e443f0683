package io.github.cvt4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.cvt4j.AtomicFile;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One repository's folder in the hub cache, laid out as Python's huggingface_hub does, so that
 * neither downloads what the other has:
 *
 * <pre>
 * models--owner--name/
 *   blobs/{etag}                     contents, each once
 *   refs/{revision}                  the commit that a branch or tag stood for
 *   snapshots/{commit}/{file}        relative links to blobs
 *   .no_exist/{commit}/{file}        files known to be absent from a commit
 * .locks/models--owner--name/{etag}.lock
 * </pre>
 *
 * A commit in here is 40 hex digits and a blob name was checked by whoever read it from a server.
 */
final class HubCache {

  private static final Logger LOG = LoggerFactory.getLogger(HubCache.class);
  private static final int LONGEST_REF = 256;

  /** Makes a link; a seam for systems where that is not allowed. */
  @FunctionalInterface
  interface Linker {
    void link(Path link, Path target) throws IOException;
  }

  private final Path root;
  private final Path folder;
  private final Linker linker;

  HubCache(Path root, String folder) {
    this(root, folder, Files::createSymbolicLink);
  }

  HubCache(Path root, String folder, Linker linker) {
    this.root = root;
    this.folder = root.resolve(folder);
    this.linker = linker;
  }

  Path blob(String etag) {
    return folder.resolve("blobs").resolve(etag);
  }

  Path lock(String etag) {
    return root.resolve(".locks").resolve(folder.getFileName()).resolve(etag + ".lock");
  }

  /** The commit that a revision stood for when it was last downloaded. */
  Optional<String> commit(String revision) {
    if (HubId.isCommit(revision)) {
      return Optional.of(revision);
    }
    try (var in = Files.newInputStream(ref(revision))) {
      String text = new String(in.readNBytes(LONGEST_REF), UTF_8).strip();
      return Optional.of(text).filter(HubId::isCommit);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Notes what a revision stands for. */
  void remember(String revision, String commit) {
    if (HubId.isCommit(revision) || commit(revision).equals(Optional.of(commit))) {
      return;
    }
    Path ref = ref(revision);
    try {
      Files.createDirectories(ref.getParent());
      AtomicFile.write(ref, out -> Channels.newOutputStream(out).write(commit.getBytes(UTF_8)));
    } catch (IOException e) {
      throw cannotWrite(ref, e);
    }
  }

  /** A file of a commit, if it is here. */
  Optional<Path> find(String commit, String file) {
    return Optional.of(pointer(commit, file)).filter(Files::isRegularFile);
  }

  /** Whether the commit is known not to have the file. */
  boolean isAbsent(String commit, String file) {
    return Files.exists(absence(commit, file));
  }

  /** Notes that the commit does not have the file. Saves a request; not worth failing for. */
  void markAbsent(String commit, String file) {
    Path mark = absence(commit, file);
    try {
      Files.createDirectories(mark.getParent());
      Files.createFile(mark);
    } catch (FileAlreadyExistsException e) {
      LOG.trace("{} is there already", mark);
    } catch (IOException e) {
      LOG.debug("cannot write {}", mark, e);
    }
  }

  /** Shows a blob under its name in a commit: a relative link, or a copy where links cannot be. */
  Path link(String commit, String file, String etag) {
    Path pointer = pointer(commit, file);
    Path blob = blob(etag);
    try {
      Files.createDirectories(pointer.getParent());
      Files.deleteIfExists(pointer);
      try {
        linker.link(pointer, pointer.getParent().relativize(blob));
      } catch (UnsupportedOperationException | FileSystemException e) {
        LOG.debug("no links in {}, copying", root, e);
        copy(blob, pointer);
      }
      return pointer;
    } catch (IOException e) {
      throw cannotWrite(pointer, e);
    }
  }

  /** What to tell whoever set up the cache when it cannot be written. */
  static CheckpointException cannotWrite(Path file, IOException e) {
    String reason = e.getMessage();
    if (e instanceof AccessDeniedException) {
      reason = "permission denied";
    } else if (e instanceof FileAlreadyExistsException) {
      reason = "a file is where a folder should be";
    } else if (e instanceof FileSystemException f && f.getReason() != null) {
      reason = f.getReason();
    }
    return new CheckpointException(
        "cannot write %s: %s; make room or set HF_HUB_CACHE to another folder"
            .formatted(file, reason),
        e);
  }

  private static void copy(Path from, Path to) throws IOException {
    AtomicFile.write(to, out -> Files.copy(from, Channels.newOutputStream(out)));
  }

  private Path ref(String revision) {
    return folder.resolve("refs").resolve(revision);
  }

  private Path pointer(String commit, String file) {
    return folder.resolve("snapshots").resolve(commit).resolve(file);
  }

  private Path absence(String commit, String file) {
    return folder.resolve(".no_exist").resolve(commit).resolve(file);
  }
}
