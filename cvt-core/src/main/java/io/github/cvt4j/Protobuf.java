package io.github.cvt4j;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * One message in protobuf's wire format: as much of it as TensorBoard's events and ONNX models
 * need. Fields are written in the order of the calls. Large contents need not be in memory: they
 * are asked for one after another when the message is written. For one thread.
 */
public final class Protobuf {

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  /** Bytes that are asked for when they are written. */
  private record Part(long length, Supplier<ByteBuffer> content) {}

  /** What stands before {@link #tail}. */
  private final List<Part> parts = new ArrayList<>();

  private ByteArrayOutputStream tail = new ByteArrayOutputStream();

  /** An int32, int64, bool or enum field. */
  public Protobuf integer(int field, long value) {
    key(field, VARINT);
    varint(value);
    return this;
  }

  /** A double field. */
  public Protobuf real64(int field, double value) {
    key(field, FIXED64);
    littleEndian(Double.doubleToLongBits(value), Double.BYTES);
    return this;
  }

  /** A float field. */
  public Protobuf real32(int field, float value) {
    key(field, FIXED32);
    littleEndian(Float.floatToIntBits(value), Float.BYTES);
    return this;
  }

  /** A bytes field. */
  public Protobuf bytes(int field, byte[] value) {
    key(field, LENGTH_DELIMITED);
    varint(value.length);
    tail.writeBytes(value);
    return this;
  }

  /**
   * A bytes field whose content is made when the message is written.
   *
   * @param length of the content in bytes
   * @param content gives exactly that many bytes, the same ones each time
   */
  public Protobuf bytes(int field, long length, Supplier<ByteBuffer> content) {
    key(field, LENGTH_DELIMITED);
    varint(length);
    add(new Part(length, content));
    return this;
  }

  /** A string field. */
  public Protobuf text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** A field that is a message itself, as it is now. */
  public Protobuf message(int field, Protobuf value) {
    key(field, LENGTH_DELIMITED);
    varint(value.size());
    value.parts.forEach(this::add);
    tail.writeBytes(value.tail.toByteArray());
    return this;
  }

  /** Bytes of the whole message. */
  public long size() {
    return parts.stream().mapToLong(Part::length).sum() + tail.size();
  }

  /**
   * Writes the message; no more than one content is in memory at a time.
   *
   * @throws IOException if the channel cannot take it
   */
  public void writeTo(WritableByteChannel out) throws IOException {
    for (Part part : parts) {
      write(out, part);
    }
    write(out, ByteBuffer.wrap(tail.toByteArray()));
  }

  /** The message in memory; of one with contents still to be made, this makes them. */
  public byte[] toByteArray() {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(size()));
    parts.forEach(part -> bytes.put(part.content.get()));
    return bytes.put(tail.toByteArray()).array();
  }

  private static void write(WritableByteChannel out, Part part) throws IOException {
    ByteBuffer content = part.content.get();
    if (content.remaining() != part.length) {
      throw new IllegalStateException(
          "%d bytes were announced and %d came".formatted(part.length, content.remaining()));
    }
    write(out, content);
  }

  private static void write(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private void add(Part part) {
    if (tail.size() > 0) {
      byte[] before = tail.toByteArray();
      parts.add(new Part(before.length, () -> ByteBuffer.wrap(before)));
      tail = new ByteArrayOutputStream();
    }
    parts.add(part);
  }

  private void key(int field, int wireType) {
    varint(((long) field << 3) | wireType);
  }

  /** Seven bits at a time, least first; the eighth says that more follow. */
  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      tail.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    tail.write((int) rest);
  }

  private void littleEndian(long bits, int bytes) {
    for (int i = 0; i < bytes; i++) {
      tail.write((int) (bits >>> (8 * i)));
    }
  }
}
