package io.github.cvt4j.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file's way from a server to the cache: into {@code <blob>.incomplete}, from where the last
 * attempt ended, checked, then moved to its name in one step. Whoever runs it holds the file's
 * lock.
 */
final class Download {

  private static final Logger LOG = LoggerFactory.getLogger(Download.class);
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-.*");

  private final HubHttp http;
  private final HubFile file;
  private final HubProgress progress;
  private final Path target;
  private final Path part;

  Download(HubHttp http, HubFile file, Path target, HubProgress progress) {
    this.http = http;
    this.file = file;
    this.progress = progress;
    this.target = target;
    this.part = target.resolveSibling(target.getFileName() + ".incomplete");
  }

  /**
   * Fetches, checks and moves into place.
   *
   * @throws CheckpointException if that fails; what has arrived is kept for the next attempt unless
   *     it is wrong
   */
  void run() throws InterruptedException {
    prepare();
    boolean resumed = have() > 0;
    fetch();
    if (!isIntact()) {
      discard();
      if (resumed) {
        LOG.warn("{}: an earlier partial download was damaged, starting anew", file.what());
        fetch();
      }
      if (!resumed || !isIntact()) {
        discard();
        throw new CheckpointException(
            "%s: the downloaded content does not have the %s %s that the hub names; it was removed, try again later"
                .formatted(file.what(), file.checksum().orElseThrow(), file.blob()));
      }
    }
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw HubCache.cannotWrite(target, e);
    }
  }

  private void prepare() {
    try {
      Files.createDirectories(target.getParent());
      boolean usable = file.resumable().isPresent() && (file.size() < 0 || have() <= file.size());
      if (!usable) {
        discard();
      }
      long missing = file.size() - have();
      long free = Files.getFileStore(target.getParent()).getUsableSpace();
      if (missing > free) {
        throw new CheckpointException(
            "%s needs %d more bytes, but %s has %d; make room or set HF_HUB_CACHE to another folder"
                .formatted(file.what(), missing, target.getParent(), free));
      }
    } catch (IOException e) {
      throw HubCache.cannotWrite(target, e);
    }
  }

  private void fetch() throws InterruptedException {
    try {
      http.retry()
          .run(
              () -> {
                transfer();
                return null;
              },
              e -> true);
    } catch (IOException e) {
      long have = have();
      throw new CheckpointException(
          "cannot download %s: %s%s"
              .formatted(
                  file.what(),
                  e.getMessage(),
                  have > 0 ? "; %d bytes are kept, try again to resume".formatted(have) : ""),
          e);
    }
  }

  private void transfer() throws IOException, InterruptedException {
    long have = have();
    if (have > 0 && have == file.size()) {
      return;
    }
    Map<String, String> headers = new HashMap<>();
    if (have > 0) {
      headers.putAll(file.resumable().orElse(Map.of()));
      headers.put("Range", "bytes=" + have + "-");
    }
    try (HubResponse response = http.get(file.uri(), headers, file.what())) {
      switch (response.status()) {
        case 200 -> have = 0;
        case 206 -> checkRange(response, have);
        case 416 -> {
          discard();
          throw new IOException("the server has nothing from byte %d on".formatted(have));
        }
        default -> throw http.refusal(response, file.what());
      }
      checkKind(response);
      long announced = response.length("Content-Length");
      if (announced > file.limit() - have) {
        throw HubFile.tooLarge(file.what(), announced, file.limit());
      }
      copy(
          response.body(),
          have,
          file.size() < 0 && announced >= 0 ? have + announced : file.size());
    }
  }

  private void checkRange(HubResponse response, long have) throws IOException {
    Matcher range = CONTENT_RANGE.matcher(response.header("Content-Range").orElse(""));
    if (have == 0 || !range.matches() || Long.parseLong(range.group(1)) != have) {
      discard();
      throw new IOException("the server sent another part than the one asked for");
    }
  }

  private void checkKind(HubResponse response) {
    String type = response.header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
    if (type.startsWith("text/html")) {
      throw new CheckpointException(
          "%s: %s answered with a web page, not with a file; check the address"
              .formatted(file.what(), HubHttp.host(response.uri())));
    }
    String encoding = response.header("Content-Encoding").orElse("identity");
    if (!encoding.equalsIgnoreCase("identity")) {
      throw new CheckpointException(
          "%s: %s sent the file compressed (%s) though it was told not to"
              .formatted(file.what(), HubHttp.host(response.uri()), HubId.shown(encoding)));
    }
  }

  private void copy(HubBody body, long have, long total) throws IOException, InterruptedException {
    long done = have;
    try (FileChannel out = open(have)) {
      progress.progress(file.name(), done, total);
      for (Optional<List<ByteBuffer>> chunk = body.next(); chunk.isPresent(); chunk = body.next()) {
        for (ByteBuffer bytes : chunk.get()) {
          done += bytes.remaining();
          checkLength(done);
          write(out, bytes);
        }
        progress.progress(file.name(), done, total);
      }
    }
    if (done < file.size()) {
      throw new IOException("the server ended after %d of %d bytes".formatted(done, file.size()));
    }
  }

  private void checkLength(long done) {
    if (file.size() >= 0 && done > file.size()) {
      discard();
      throw new CheckpointException(
          "%s: the server sends more than the %d bytes it announced; what arrived was removed"
              .formatted(file.what(), file.size()));
    }
    if (done > file.limit()) {
      discard();
      throw HubFile.tooLarge(file.what(), done, file.limit());
    }
  }

  private FileChannel open(long from) {
    try {
      return FileChannel.open(
          part,
          StandardOpenOption.CREATE,
          StandardOpenOption.WRITE,
          from > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
    } catch (IOException e) {
      throw HubCache.cannotWrite(part, e);
    }
  }

  private void write(FileChannel out, ByteBuffer bytes) throws InterruptedException {
    try {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    } catch (ClosedByInterruptException e) {
      throw new InterruptedException(e.getMessage());
    } catch (IOException e) {
      throw HubCache.cannotWrite(part, e);
    }
  }

  private boolean isIntact() throws InterruptedException {
    try {
      return file.checksum().isEmpty()
          || file.checksum().get().of(part).equalsIgnoreCase(file.blob());
    } catch (ClosedByInterruptException e) {
      throw new InterruptedException(e.getMessage());
    } catch (IOException e) {
      throw new CheckpointException("cannot read back " + part, e);
    }
  }

  private long have() {
    try {
      return Files.exists(part) ? Files.size(part) : 0;
    } catch (IOException e) {
      throw new CheckpointException("cannot read " + part, e);
    }
  }

  private void discard() {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      throw HubCache.cannotWrite(part, e);
    }
  }
}
