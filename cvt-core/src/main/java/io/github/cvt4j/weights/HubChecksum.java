package io.github.cvt4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** The two digests that the hub uses as entity tags; an entity tag of that length is one. */
enum HubChecksum {
  /** Of files in large file storage: plain SHA-256. */
  SHA_256("SHA-256", 64),
  /** Of files in git itself: SHA-1 over git's blob header and the content. */
  GIT_BLOB("SHA-1", 40);

  private static final int BUFFER = 1 << 18;

  private final String algorithm;
  private final int hexDigits;

  HubChecksum(String algorithm, int hexDigits) {
    this.algorithm = algorithm;
    this.hexDigits = hexDigits;
  }

  /** The kind of digest that an entity tag is, if it is one. */
  static Optional<HubChecksum> of(String etag) {
    for (HubChecksum kind : values()) {
      if (etag.matches("[0-9a-fA-F]{" + kind.hexDigits + "}")) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /** The digest of a file in lower-case hex. */
  String of(Path file) throws IOException {
    MessageDigest digest = digest(algorithm);
    if (this == GIT_BLOB) {
      digest.update("blob %d\0".formatted(Files.size(file)).getBytes(UTF_8));
    }
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The SHA-256 of a text, in lower-case hex. */
  static String ofText(String text) {
    return HexFormat.of().formatHex(digest(SHA_256.algorithm).digest(text.getBytes(UTF_8)));
  }

  @Override
  public String toString() {
    return algorithm;
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + algorithm, e);
    }
  }
}
