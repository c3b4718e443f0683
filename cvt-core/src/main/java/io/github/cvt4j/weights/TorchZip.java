package io.github.cvt4j.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The entries of a zip file as views of the file. PyTorch compresses nothing, so that nothing that
 * is compressed is taken, and no bomb can go off. The central directory, the local headers and the
 * bytes between must agree (field names and numbers: PKWARE's APPNOTE.TXT, 4.3 to 4.5).
 */
final class TorchZip {

  /** CvT-W24's training checkpoint has about 2,500. */
  private static final int MAX_ENTRIES = 100_000;

  private static final int END = 0x06054b50;
  private static final int END_LENGTH = 22;
  private static final int END64 = 0x06064b50;
  private static final int END64_LENGTH = 56;
  private static final int LOCATOR64 = 0x07064b50;
  private static final int LOCATOR64_LENGTH = 20;
  private static final int CENTRAL = 0x02014b50;
  private static final int CENTRAL_LENGTH = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_LENGTH = 30;
  private static final int ENCRYPTED = 1;
  private static final int ZIP64_EXTRA = 1;
  private static final long IN_ZIP64 = 0xffffffffL;

  /**
   * One stored entry.
   *
   * @param header where its local header stands
   * @param start of its bytes
   */
  private record Entry(String name, long header, long start, long length, int crc) {}

  private final MappedSlices file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /**
   * Reads the directory.
   *
   * @throws CheckpointException if it is damaged, or an entry is compressed, encrypted, doubled or
   *     badly named
   */
  TorchZip(MappedSlices file, long fileSize) {
    this.file = file;
    long end = findEnd(fileSize);
    ByteBuffer record = little(end, END_LENGTH);
    long count = record.getShort(10) & 0xffff;
    long length = record.getInt(12) & IN_ZIP64;
    long start = record.getInt(16) & IN_ZIP64;
    if (end >= LOCATOR64_LENGTH && little(end - LOCATOR64_LENGTH, 4).getInt() == LOCATOR64) {
      ByteBuffer wide =
          little(little(end - LOCATOR64_LENGTH, LOCATOR64_LENGTH).getLong(8), END64_LENGTH);
      if (wide.getInt(0) != END64) {
        throw new CheckpointException("zip: the 64-bit end record is missing");
      }
      count = wide.getLong(32);
      length = wide.getLong(40);
      start = wide.getLong(48);
    }
    if (count < 0 || count > MAX_ENTRIES) {
      throw new CheckpointException(
          "zip: %s entries, expected at most %d"
              .formatted(Long.toUnsignedString(count), MAX_ENTRIES));
    }
    if (start < 0 || length < 0 || start > end - length) {
      throw new CheckpointException("zip: the directory does not lie before its end record");
    }
    readDirectory(file.slice(start, length).order(ByteOrder.LITTLE_ENDIAN), (int) count);
    checkDisjoint(start);
  }

  boolean has(String name) {
    return entries.containsKey(name);
  }

  List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /**
   * Length of the entry in bytes.
   *
   * @throws CheckpointException if there is none of that name
   */
  long length(String name) {
    return entry(name).length();
  }

  /**
   * The entry's bytes, after a look at their checksum.
   *
   * @throws CheckpointException if there is none of that name or its checksum is wrong
   */
  ByteBuffer bytes(String name) {
    Entry entry = entry(name);
    ByteBuffer bytes = file.slice(entry.start(), entry.length());
    CRC32 crc = new CRC32();
    crc.update(bytes.duplicate());
    if ((int) crc.getValue() != entry.crc()) {
      throw new CheckpointException(
          "zip: entry %s is damaged: checksum %08x, expected %08x"
              .formatted(Quote.of(name), crc.getValue(), entry.crc()));
    }
    return bytes;
  }

  private Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new CheckpointException("zip: entry " + Quote.of(name) + " is missing");
    }
    return entry;
  }

  private long findEnd(long fileSize) {
    int tail = (int) Math.min(fileSize, END_LENGTH + 0xffff);
    ByteBuffer bytes = little(fileSize - tail, tail);
    for (int i = tail - END_LENGTH; i >= 0; i--) {
      // The comment behind the record fills the rest, otherwise these bytes are not the record.
      if (bytes.getInt(i) == END && (bytes.getShort(i + 20) & 0xffff) == tail - END_LENGTH - i) {
        return fileSize - tail + i;
      }
    }
    throw new CheckpointException("zip: no end record; is the file cut off?");
  }

  private void readDirectory(ByteBuffer directory, int count) {
    for (int i = 0; i < count; i++) {
      if (directory.remaining() < CENTRAL_LENGTH
          || directory.getInt(directory.position()) != CENTRAL) {
        throw new CheckpointException(
            "zip: entry %d of %d is missing in the directory".formatted(i + 1, count));
      }
      ByteBuffer header = take(directory, CENTRAL_LENGTH);
      String name = name(take(directory, header.getShort(28) & 0xffff));
      ByteBuffer extra = take(directory, header.getShort(30) & 0xffff);
      take(directory, header.getShort(32) & 0xffff);
      if (entries.put(name, entry(name, header, extra)) != null) {
        throw new CheckpointException("zip: two entries are called " + Quote.of(name));
      }
    }
  }

  private Entry entry(String name, ByteBuffer header, ByteBuffer extra) {
    int method = header.getShort(10) & 0xffff;
    if (method != 0 || (header.getShort(8) & ENCRYPTED) != 0) {
      throw new CheckpointException(
          "zip: entry %s is compressed or encrypted, expected it stored as PyTorch does"
              .formatted(Quote.of(name)));
    }
    ByteBuffer wide = wideFields(extra);
    long length = wideOr(wide, header.getInt(24) & IN_ZIP64);
    long stored = wideOr(wide, header.getInt(20) & IN_ZIP64);
    long offset = wideOr(wide, header.getInt(42) & IN_ZIP64);
    if (length != stored) {
      throw new CheckpointException(
          "zip: entry %s has two lengths, %d and %d".formatted(Quote.of(name), length, stored));
    }
    ByteBuffer local = little(offset, LOCAL_LENGTH);
    int nameLength = local.getShort(26) & 0xffff;
    long start = offset + LOCAL_LENGTH + nameLength + (local.getShort(28) & 0xffff);
    if (local.getInt(0) != LOCAL || !name(little(offset + LOCAL_LENGTH, nameLength)).equals(name)) {
      throw new CheckpointException(
          "zip: entry %s is not where the directory says".formatted(Quote.of(name)));
    }
    return new Entry(name, offset, start, length, header.getInt(16));
  }

  /** The 64-bit values of those fields that hold all ones, in the order in which they are asked. */
  private static ByteBuffer wideFields(ByteBuffer extra) {
    while (extra.remaining() >= 4) {
      int id = extra.getShort() & 0xffff;
      ByteBuffer field = take(extra, extra.getShort() & 0xffff);
      if (id == ZIP64_EXTRA) {
        return field;
      }
    }
    return ByteBuffer.allocate(0);
  }

  private static long wideOr(ByteBuffer wide, long narrow) {
    if (narrow != IN_ZIP64) {
      return narrow;
    }
    if (wide.remaining() < Long.BYTES) {
      throw new CheckpointException("zip: a 64-bit length is missing");
    }
    return wide.getLong();
  }

  /** Overlapping entries would let a small file hold a huge one. */
  private void checkDisjoint(long directoryStart) {
    List<Entry> sorted = new ArrayList<>(entries.values());
    sorted.sort(Comparator.comparingLong(Entry::header));
    long end = 0;
    for (Entry entry : sorted) {
      long last = entry.start() + entry.length();
      if (entry.header() < end || entry.length() < 0 || last < 0 || last > directoryStart) {
        throw new CheckpointException(
            "zip: entry %s overlaps another or the directory".formatted(Quote.of(entry.name())));
      }
      end = last;
    }
  }

  private static String name(ByteBuffer bytes) {
    String name;
    try {
      name = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException("zip: an entry's name is not valid UTF-8", e);
    }
    if (name.startsWith("/")
        || name.contains("\\")
        || List.of(name.split("/", -1)).contains("..")) {
      throw new CheckpointException("zip: entry name " + Quote.of(name) + " points elsewhere");
    }
    return name;
  }

  private static ByteBuffer take(ByteBuffer from, int length) {
    if (length > from.remaining()) {
      throw new CheckpointException("zip: the directory is cut off");
    }
    ByteBuffer taken = from.slice(from.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    from.position(from.position() + length);
    return taken;
  }

  private ByteBuffer little(long offset, int length) {
    return file.slice(offset, length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
