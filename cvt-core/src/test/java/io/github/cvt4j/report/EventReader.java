package io.github.cvt4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads event files on its own terms: nothing of the writer's code, not even its checksum. */
final class EventReader {

  /**
   * A field of a message.
   *
   * @param value of a varint or fixed-size field, its bits
   * @param bytes of a field with a length, otherwise null
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Field(int number, long value, byte[] bytes) {

    String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    List<Field> message() {
      return fields(bytes);
    }
  }

  private EventReader() {}

  /** The events of a file; the framing is checked. */
  static List<List<Field>> read(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<List<Field>> events = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = new byte[8];
      in.mark();
      in.get(length).reset();
      long size = in.getLong();
      assertThat(in.getInt()).as("checksum of the length").isEqualTo(masked(length));
      assertThat(size).isBetween(1L, (long) in.remaining() - 4);
      byte[] data = new byte[(int) size];
      in.get(data);
      assertThat(in.getInt()).as("checksum of the data").isEqualTo(masked(data));
      events.add(fields(data));
    }
    return events;
  }

  /** CRC-32C bit by bit (reversed polynomial 0x82f63b78), then TFRecord's mask. */
  private static int masked(byte[] bytes) {
    int crc = -1;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78;
      }
    }
    crc = ~crc;
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }

  static List<Field> fields(byte[] message) {
    ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    List<Field> fields = new ArrayList<>();
    while (in.hasRemaining()) {
      long key = varint(in);
      int number = (int) (key >>> 3);
      fields.add(
          switch ((int) key & 7) {
            case 0 -> new Field(number, varint(in), null);
            case 1 -> new Field(number, in.getLong(), null);
            case 2 -> {
              byte[] bytes = new byte[(int) varint(in)];
              in.get(bytes);
              yield new Field(number, 0, bytes);
            }
            case 5 -> new Field(number, in.getInt(), null);
            default -> throw new AssertionError("wire type " + (key & 7));
          });
    }
    return fields;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new AssertionError("a varint of more than ten bytes");
  }

  /** The one field of a number. */
  static Field only(List<Field> message, int number) {
    List<Field> found = message.stream().filter(field -> field.number() == number).toList();
    assertThat(found).as("fields %d", number).hasSize(1);
    return found.get(0);
  }

  static boolean has(List<Field> message, int number) {
    return message.stream().anyMatch(field -> field.number() == number);
  }
}
