package io.github.cvt4j.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.cvt4j.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads and writes safetensors: 8 bytes little-endian header length, a JSON header, then the
 * tensors' little-endian bytes without gaps (the rules are those of the reference implementation,
 * huggingface/safetensors). Stateless; safe to use from several threads.
 */
public final class Safetensors {

  /** Most that one mapping takes, below Java's limit of 2 GiB. */
  private static final long MAX_MAPPING = 1L << 30;

  private static final int PREFIX = 8;
  private static final JsonFactory JSON = new JsonFactory();

  private Safetensors() {}

  /**
   * Maps the file; nothing but the header is read. The tensors stay valid until nothing refers to
   * them any more; the file must not be shortened while they are in use.
   *
   * @throws CheckpointException if the file cannot be read or breaks any rule of the format, or
   *     holds a tensor above 2 GiB or of a type that {@link DType} does not list
   */
  public static StateDict read(Path path) {
    try (InputFile file = InputFile.open(path)) {
      return read(file);
    }
  }

  /** As {@link #read(Path)}; leaves the file open. */
  static StateDict read(InputFile file) {
    SafetensorsHeader header = header(file);
    long start = file.size() - header.dataBytes();
    List<SafetensorsHeader.Entry> entries = header.byOffset();
    Map<String, HostTensor> mapped = new LinkedHashMap<>();
    header.entries().keySet().forEach(name -> mapped.put(name, null));
    for (int from = 0; from < entries.size(); ) {
      // As many neighbours as fit share a mapping, so that their number depends on the file's size
      // alone.
      long begin = entries.get(from).begin();
      int to = from + 1;
      while (to < entries.size() && entries.get(to).end() - begin <= MAX_MAPPING) {
        to++;
      }
      long length = entries.get(to - 1).end() - begin;
      if (length > Integer.MAX_VALUE) {
        throw file.error(
            "tensor '%s' takes %d bytes, more than 2 GiB"
                .formatted(entries.get(from).name(), length));
      }
      MappedByteBuffer mapping = file.map(start + begin, length);
      for (SafetensorsHeader.Entry entry : entries.subList(from, to)) {
        ByteBuffer data = mapping.slice((int) (entry.begin() - begin), (int) entry.bytes());
        mapped.put(entry.name(), new HostTensor(entry.dtype(), entry.shape(), data));
      }
      from = to;
    }
    return new StateDict(mapped, header.metadata());
  }

  /**
   * The strings beside the tensors; empty if there are none.
   *
   * @throws CheckpointException as {@link #read}
   */
  public static Map<String, String> readMetadata(Path path) {
    try (InputFile file = InputFile.open(path)) {
      return header(file).metadata();
    }
  }

  private static SafetensorsHeader header(InputFile file) {
    if (file.size() < PREFIX) {
      throw file.error("is no safetensors file: shorter than the 8 bytes of its header's length");
    }
    long length = file.read(0, PREFIX).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > SafetensorsHeader.MAX_BYTES || length > file.size() - PREFIX) {
      throw file.error(
          "is no safetensors file: a header of %s bytes in a file of %d"
              .formatted(Long.toUnsignedString(length), file.size()));
    }
    byte[] json = file.read(PREFIX, (int) length).array();
    try {
      return SafetensorsHeader.parse(json, file.size() - PREFIX - length);
    } catch (IOException e) {
      throw file.error("safetensors header: " + firstLine(e), e);
    } catch (CheckpointException e) {
      throw file.error("safetensors header: " + e.getMessage(), e);
    }
  }

  /** Whether a file with these first bytes and this size can be a safetensors file. */
  static boolean recognises(ByteBuffer head, long size) {
    if (head.remaining() <= PREFIX || head.get(head.position() + PREFIX) != '{') {
      return false;
    }
    long length = head.duplicate().order(ByteOrder.LITTLE_ENDIAN).getLong();
    // A header length of a real file leaves the upper half of its field empty.
    return length > 0 && length >>> 32 == 0 && size >= PREFIX;
  }

  /**
   * Writes to a temporary file in the same folder, which then replaces {@code path} in one step; on
   * failure nothing is left behind. The same state gives the same bytes: tensors stand by
   * descending element size (so that each is aligned naturally), then by name, as the reference
   * writes them.
   *
   * @throws CheckpointException if the file cannot be written, or a name is not valid Unicode or
   *     the reserved {@code __metadata__}
   */
  public static void write(Path path, StateDict state) {
    List<Map.Entry<String, HostTensor>> order = new ArrayList<>(state.tensors().entrySet());
    order.sort(
        Comparator.<Map.Entry<String, HostTensor>>comparingInt(
                entry -> -entry.getValue().dtype().bytes())
            .thenComparing(Map.Entry::getKey));
    try {
      byte[] header = header(order, state.metadata());
      AtomicFile.write(
          path,
          out -> {
            ByteBuffer prefix = ByteBuffer.allocate(PREFIX).order(ByteOrder.LITTLE_ENDIAN);
            writeAll(out, prefix.putLong(header.length).flip());
            writeAll(out, ByteBuffer.wrap(header));
            for (Map.Entry<String, HostTensor> entry : order) {
              writeAll(out, entry.getValue().data());
            }
          });
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static byte[] header(
      List<Map.Entry<String, HostTensor>> order, Map<String, String> metadata) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(SafetensorsHeader.METADATA);
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
          SafetensorsHeader.checkText(entry.getKey());
          SafetensorsHeader.checkText(entry.getValue());
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long offset = 0;
      for (Map.Entry<String, HostTensor> entry : order) {
        HostTensor tensor = entry.getValue();
        if (entry.getKey().equals(SafetensorsHeader.METADATA)) {
          throw new CheckpointException("a tensor must not be called " + entry.getKey());
        }
        SafetensorsHeader.checkText(entry.getKey());
        long end = offset + tensor.data().remaining();
        json.writeObjectFieldStart(entry.getKey());
        json.writeStringField("dtype", tensor.dtype().name());
        json.writeFieldName("shape");
        json.writeArray(tensor.shape(), 0, tensor.shape().length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {offset, end}, 0, 2);
        json.writeEndObject();
        offset = end;
      }
      json.writeEndObject();
    }
    int padded = (bytes.size() + PREFIX - 1) / PREFIX * PREFIX;
    if (padded > SafetensorsHeader.MAX_BYTES) {
      throw new CheckpointException(
          "a header of %d bytes is more than the format's %d"
              .formatted(padded, SafetensorsHeader.MAX_BYTES));
    }
    byte[] header = Arrays.copyOf(bytes.toByteArray(), padded);
    Arrays.fill(header, bytes.size(), padded, (byte) ' ');
    return header;
  }

  private static void writeAll(FileChannel out, ByteBuffer data) throws IOException {
    while (data.hasRemaining()) {
      out.write(data);
    }
  }

  private static String firstLine(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.lines().findFirst().orElse(e.getClass().getSimpleName());
  }
}
