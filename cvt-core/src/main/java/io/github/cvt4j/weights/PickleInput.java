package io.github.cvt4j.weights;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The arguments of opcodes; every length is held against the bytes that are left before use. */
final class PickleInput {

  /** Longer integers have no place in a checkpoint, and parsing them takes quadratic time. */
  private static final int MAX_INTEGER_BYTES = 255;

  private static final int MAX_LINE = 1000;

  private final ByteBuffer in;

  /**
   * @param in read from its position, which moves along
   */
  PickleInput(ByteBuffer in) {
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
  }

  int position() {
    return in.position();
  }

  int u1() {
    return need(1).get() & 0xff;
  }

  int u2() {
    return need(2).getShort() & 0xffff;
  }

  int i4() {
    return need(4).getInt();
  }

  long u4() {
    return i4() & 0xffffffffL;
  }

  long u8() {
    return need(8).getLong();
  }

  double float8() {
    return Double.longBitsToDouble(Long.reverseBytes(need(8).getLong()));
  }

  /** The next bytes, not copied. */
  ByteBuffer bytes(long length) {
    need(length);
    ByteBuffer bytes = in.slice(in.position(), (int) length);
    in.position(in.position() + (int) length);
    return bytes;
  }

  String utf8(long length) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes(length)).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException("pickle: text that is not valid UTF-8", e);
    }
  }

  /** Python 2's byte strings, read as Python 3 does with {@code encoding="latin1"}. */
  String latin1(long length) {
    return StandardCharsets.ISO_8859_1.decode(bytes(length)).toString();
  }

  /** A little-endian two's complement integer: a Long where it fits, else a BigInteger. */
  Number integer(long length) {
    if (length < 0 || length > MAX_INTEGER_BYTES) {
      throw new CheckpointException("pickle: an integer of " + length + " bytes");
    }
    ByteBuffer bytes = bytes(length);
    byte[] bigEndian = new byte[(int) length];
    for (int i = 0; i < bigEndian.length; i++) {
      bigEndian[bigEndian.length - 1 - i] = bytes.get(i);
    }
    return length == 0 ? 0L : narrow(new BigInteger(bigEndian));
  }

  /** A decimal integer on a line of its own; LONG's ends with the letter L. */
  Number decimal() {
    String line = line();
    try {
      return narrow(
          new BigInteger(line.endsWith("L") ? line.substring(0, line.length() - 1) : line));
    } catch (NumberFormatException e) {
      throw new CheckpointException("pickle: " + Quote.of(line) + " is not an integer", e);
    }
  }

  double decimalFloat() {
    String line = line();
    try {
      return Double.parseDouble(line);
    } catch (NumberFormatException e) {
      throw new CheckpointException("pickle: " + Quote.of(line) + " is not a number", e);
    }
  }

  /** Text up to the next line feed, which is consumed. */
  String line() {
    for (int i = in.position(); i < in.limit() && i - in.position() <= MAX_LINE; i++) {
      if (in.get(i) == '\n') {
        String line = utf8(i - in.position());
        in.get();
        return line;
      }
    }
    throw new CheckpointException("pickle: a line without end at byte " + in.position());
  }

  /** FRAME announces how many bytes belong together; they have to be there. */
  void frame() {
    need(u8());
  }

  private static Number narrow(BigInteger value) {
    return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
  }

  private ByteBuffer need(long length) {
    if (length < 0 || length > in.remaining()) {
      throw new CheckpointException(
          "pickle: cut off at byte %d: %s bytes expected, %d left"
              .formatted(in.position(), Long.toUnsignedString(length), in.remaining()));
    }
    return in;
  }
}
