package io.github.cvt4j.weights;

import io.github.cvt4j.weights.TorchGlobals.Storage;
import io.github.cvt4j.weights.TorchGlobals.StorageType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads what {@code torch.save} writes, in its zip layout (since PyTorch 1.6) and the one before
 * ({@code torch/serialization.py}). State dicts and training checkpoints around one; no pickled
 * modules.
 */
final class TorchPickle {

  /** LONG1 of the number 0x1950a86a20f9469cfc6c, with which the older layout starts. */
  private static final byte[] LEGACY_MAGIC = {
    (byte) 0x8a,
    10,
    0x6c,
    (byte) 0xfc,
    (byte) 0x9c,
    0x46,
    (byte) 0xf9,
    0x20,
    0x6a,
    (byte) 0xa8,
    0x50,
    0x19
  };

  private static final long LEGACY_PROTOCOL = 1001;

  private final MappedSlices file;
  private final long fileSize;

  private TorchPickle(InputFile file) {
    this.file = new MappedSlices(file);
    this.fileSize = file.size();
  }

  /** Whether a file with these first bytes is a zip file. */
  static boolean recognisesZip(ByteBuffer head) {
    return head.remaining() >= 4
        && head.get(0) == 'P'
        && head.get(1) == 'K'
        && (head.get(2) == 3 || head.get(2) == 5);
  }

  /** Whether a file with these first bytes has the older layout. */
  static boolean recognisesLegacy(ByteBuffer head) {
    // PROTO comes first, with protocol 4 and later a FRAME too.
    for (int at : new int[] {2, 11}) {
      if (head.remaining() >= at + LEGACY_MAGIC.length
          && head.slice(at, LEGACY_MAGIC.length).equals(ByteBuffer.wrap(LEGACY_MAGIC))) {
        return true;
      }
    }
    return false;
  }

  /**
   * @throws CheckpointException without the path
   */
  static StateDict readZip(InputFile file) {
    return new TorchPickle(file).readZip();
  }

  /**
   * @throws CheckpointException without the path
   */
  static StateDict readLegacy(InputFile file) {
    return new TorchPickle(file).readLegacy();
  }

  private StateDict readZip() {
    TorchZip zip = new TorchZip(file, fileSize);
    String root = root(zip);
    ByteOrder order = byteOrder(zip, root + "byteorder");
    Map<String, ByteBuffer> checked = new HashMap<>();
    Object value =
        Pickle.load(
            zip.bytes(root + "data.pkl"),
            TorchGlobals::find,
            id -> {
              Claim claim = Claim.of(id.expectSize(5, 5, "a persistent id"));
              String name = root + "data/" + claim.key();
              long length = zip.length(name);
              if (claim.elements() > length / claim.dtype().bytes()) {
                throw new CheckpointException(
                    "storage %s of %d elements of %s, but its entry has %d bytes"
                        .formatted(Quote.of(claim.key()), claim.elements(), claim.dtype(), length));
              }
              return new Storage(
                  claim.dtype(),
                  0,
                  claim.elements(),
                  () -> checked.computeIfAbsent(name, zip::bytes),
                  order);
            });
    return PickledState.find(value, fileSize);
  }

  /** The folder in which everything stands, with the slash. */
  private static String root(TorchZip zip) {
    List<String> pickles =
        zip.names().stream().filter(name -> name.matches("[^/]*/data\\.pkl")).toList();
    if (pickles.size() != 1) {
      throw new CheckpointException(
          "zip: %d entries data.pkl, expected the one that torch.save writes"
              .formatted(pickles.size()));
    }
    return pickles.get(0).substring(0, pickles.get(0).indexOf('/') + 1);
  }

  private static ByteOrder byteOrder(TorchZip zip, String name) {
    if (!zip.has(name)) {
      return ByteOrder.LITTLE_ENDIAN;
    }
    ByteBuffer text = zip.bytes(name);
    if (text.equals(StandardCharsets.US_ASCII.encode("little"))) {
      return ByteOrder.LITTLE_ENDIAN;
    } else if (text.equals(StandardCharsets.US_ASCII.encode("big"))) {
      return ByteOrder.BIG_ENDIAN;
    }
    throw new CheckpointException("its byteorder is neither little nor big");
  }

  private StateDict readLegacy() {
    ByteBuffer pickles = file.slice(0, Math.min(fileSize, Integer.MAX_VALUE));
    Pickle.load(pickles, name -> null);
    if (!(Pickle.load(pickles, name -> null) instanceof Long version)
        || version != LEGACY_PROTOCOL) {
      throw new CheckpointException("another protocol than " + LEGACY_PROTOCOL);
    }
    if (!(Pickle.load(pickles, name -> null) instanceof PickleDict system)
        || !Boolean.TRUE.equals(system.get("little_endian"))) {
      throw new CheckpointException("not written by a little-endian machine");
    }
    Map<String, Claim> claims = new HashMap<>();
    Map<String, ByteBuffer> data = new HashMap<>();
    Object value =
        Pickle.load(
            pickles,
            TorchGlobals::find,
            id -> {
              Claim claim = Claim.of(id.expectSize(5, 6, "a persistent id"));
              Claim first = claims.putIfAbsent(claim.key(), claim);
              if (first != null && !first.equals(claim)) {
                throw new CheckpointException(
                    "storage " + Quote.of(claim.key()) + " is described in two ways");
              }
              return part(claim, id.size() == 6 ? id.get(5) : null, data);
            });
    readStorages(pickles, claims, data);
    return PickledState.find(value, fileSize);
  }

  /** The storage, or the part of it that the view metadata (key, offset, elements) means. */
  private static Storage part(Claim claim, Object view, Map<String, ByteBuffer> data) {
    long offset = 0;
    long elements = claim.elements();
    if (view != null) {
      PickleTuple part =
          new PickleTuple(view).get(0, PickleTuple.class).expectSize(3, 3, "a storage's view");
      offset = part.get(1, Long.class);
      elements = part.get(2, Long.class);
    }
    return new Storage(
        claim.dtype(), offset, elements, () -> data.get(claim.key()), ByteOrder.LITTLE_ENDIAN);
  }

  /** Behind the pickles: the storages' keys, then in that order element count and elements. */
  private void readStorages(
      ByteBuffer pickles, Map<String, Claim> claims, Map<String, ByteBuffer> data) {
    if (!(Pickle.load(pickles, name -> null) instanceof PickleList keys)) {
      throw new CheckpointException("no list of storages follows the pickle");
    }
    long at = pickles.position();
    for (Object item : keys.items()) {
      Claim claim = item instanceof String key ? claims.remove(key) : null;
      if (claim == null) {
        throw new CheckpointException("a storage that no tensor belongs to, or one listed twice");
      }
      long elements = file.slice(at, Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (elements != claim.elements()) {
        throw new CheckpointException(
            "storage %s has %d elements, expected %d"
                .formatted(Quote.of(claim.key()), elements, claim.elements()));
      }
      if (elements > (fileSize - at) / claim.dtype().bytes()) {
        throw new CheckpointException("cut off in storage " + Quote.of(claim.key()));
      }
      long bytes = elements * claim.dtype().bytes();
      data.put(claim.key(), file.slice(at + Long.BYTES, bytes));
      at += Long.BYTES + bytes;
    }
    if (!claims.isEmpty()) {
      throw new CheckpointException(
          "storage " + Quote.of(claims.keySet().iterator().next()) + " is missing");
    }
  }

  /**
   * What a persistent id says of a storage: ('storage', type, key, location, elements).
   *
   * @param elements at least 0; not to be believed
   */
  private record Claim(DType dtype, String key, long elements) {

    static Claim of(PickleTuple id) {
      String kind = id.get(0, String.class);
      if (!kind.equals("storage")) {
        throw new CheckpointException(
            "a persistent id of kind " + Quote.of(kind) + ", expected a storage");
      }
      long elements = id.get(4, Long.class);
      if (elements < 0) {
        throw new CheckpointException("a storage of " + elements + " elements");
      }
      return new Claim(id.get(1, StorageType.class).dtype(), id.get(2, String.class), elements);
    }
  }
}
