package io.github.cvt4j.report;

import io.github.cvt4j.Protobuf;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.zip.CRC32C;

/**
 * A file of events as TensorBoard reads them: TFRecords that hold {@code tensorflow.Event}
 * messages. An event is written in one piece, so that a reader meanwhile, or after a crash, misses
 * no more than the last.
 *
 * <p>Field numbers are those of TensorBoard's {@code compat/proto/event.proto}, {@code
 * summary.proto} and {@code tensor.proto}. For one thread.
 */
final class EventFile implements Closeable {

  /** What the first event of a file says. */
  private static final String VERSION = "brain.Event:2";

  /** tensorflow/core/lib/hash/crc32c.h; keeps the checksum of data that holds checksums useful. */
  private static final int MASK_DELTA = 0xa282ead8;

  private static final int MOST_PER_SECOND = 1000;

  private final FileChannel out;
  private final DoubleSupplier clock;

  private EventFile(FileChannel out, DoubleSupplier clock) {
    this.out = out;
    this.clock = clock;
  }

  /**
   * A new file beside those of earlier parts of the run; TensorBoard reads them in the order of
   * their names, which begin with the time.
   *
   * @param clock seconds since 1970
   */
  static EventFile create(Path folder, DoubleSupplier clock) throws IOException {
    long seconds = (long) clock.getAsDouble();
    for (int n = 0; n < MOST_PER_SECOND; n++) {
      Path file = folder.resolve("events.out.tfevents.%010d.%03d.cvt4j".formatted(seconds, n));
      try {
        return begun(
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), clock);
      } catch (FileAlreadyExistsException e) {
        // A run that was resumed within a second.
      }
    }
    throw new IOException(folder + ": too many event files of one second");
  }

  private static EventFile begun(FileChannel out, DoubleSupplier clock) throws IOException {
    EventFile events = new EventFile(out, clock);
    try {
      events.write(new Protobuf().text(3, VERSION), 0);
      return events;
    } catch (IOException e) {
      out.close();
      throw e;
    }
  }

  /** Whether a file is one of these. */
  static boolean isEvents(Path file) {
    return Files.isRegularFile(file)
        && file.getFileName().toString().startsWith("events.out.tfevents.");
  }

  /**
   * Says that a run goes on at a step: what an earlier file holds of this step and later ones,
   * after the checkpoint that the run went on from, counts no more.
   */
  void restart(long step) throws IOException {
    int start = 1; // SessionLog.SessionStatus.START
    write(new Protobuf().message(7, new Protobuf().integer(1, start)), step);
  }

  /** Numbers by tag; those that are no number are left out. */
  void scalars(long step, Map<String, Double> values) throws IOException {
    Protobuf summary = new Protobuf();
    values.forEach(
        (tag, value) -> {
          if (!value.isNaN()) {
            summary.message(1, new Protobuf().text(1, tag).real32(2, value.floatValue()));
          }
        });
    write(new Protobuf().message(5, summary), step);
  }

  /** A picture, as a PNG file. */
  void image(long step, String tag, int height, int width, byte[] png) throws IOException {
    int rgb = 3;
    Protobuf image =
        new Protobuf().integer(1, height).integer(2, width).integer(3, rgb).bytes(4, png);
    value(step, new Protobuf().text(1, tag).message(4, image));
  }

  /** A text, in Markdown. */
  void text(long step, String tag, String markdown) throws IOException {
    int string = 7; // DataType.DT_STRING
    Protobuf shape = new Protobuf().message(2, new Protobuf().integer(1, 1));
    Protobuf tensor = new Protobuf().integer(1, string).message(2, shape).text(8, markdown);
    Protobuf plugin = new Protobuf().text(1, "text");
    value(
        step,
        new Protobuf()
            .text(1, tag)
            .message(8, tensor)
            .message(9, new Protobuf().message(1, plugin)));
  }

  private void value(long step, Protobuf value) throws IOException {
    write(new Protobuf().message(5, new Protobuf().message(1, value)), step);
  }

  /** Writes an event, given what happened. */
  private void write(Protobuf what, long step) throws IOException {
    Protobuf event = new Protobuf().real64(1, clock.getAsDouble()).integer(2, step);
    byte[] head = event.toByteArray();
    byte[] tail = what.toByteArray();
    byte[] data = new byte[head.length + tail.length];
    System.arraycopy(head, 0, data, 0, head.length);
    System.arraycopy(tail, 0, data, head.length, tail.length);
    ByteBuffer record = record(data);
    while (record.hasRemaining()) {
      out.write(record);
    }
  }

  /** The framing: length, its checksum, data, its checksum; all little-endian. */
  static ByteBuffer record(byte[] data) {
    ByteBuffer record =
        ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + data.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(data.length);
    return record
        .putInt(masked(record.array(), 0, Long.BYTES))
        .put(data)
        .putInt(masked(data, 0, data.length))
        .flip();
  }

  private static int masked(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
