package io.github.cvt4j.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.InflaterInputStream;

/**
 * Lists of integers in MATLAB's files of level 5 (versions 5 to 7.2), as MathWorks' "MAT-File
 * Format" describes them. Only what label files hold: real numeric arrays, stored or compressed.
 *
 * <p>A file is at most {@value #MAX_BYTES} bytes, and so is what a compressed array in it becomes;
 * arrays are views of those, so that a length which lies ends in an error and never in memory.
 */
final class MatFile {

  static final int MAX_BYTES = 1 << 24;

  private static final int HEADER = 128;
  private static final int MATRIX = 14;
  private static final int COMPRESSED = 15;

  /** Array classes from mxDOUBLE_CLASS to mxUINT64_CLASS. */
  private static final int FIRST_NUMERIC = 6;

  private static final int LAST_NUMERIC = 15;
  private static final int COMPLEX = 0x0800;

  /** A tagged piece: its type and its bytes, in the file's byte order. */
  private record Element(int type, ByteBuffer data) {}

  private final Path file;
  private final String what;

  private MatFile(Path file, String what) {
    this.file = file;
    this.what = what;
  }

  /**
   * An array's values, column by column.
   *
   * @param name of the array
   * @param what the file belongs to, for messages
   * @throws DataException if the file is missing, too large or damaged, or holds no such integers
   */
  static int[] integers(Path file, String name, String what) {
    MatFile mat = new MatFile(file, what);
    try {
      return mat.find(name);
    } catch (BufferUnderflowException e) {
      throw mat.damaged("it ends too early", e);
    }
  }

  private int[] find(String name) {
    ByteBuffer content = ByteBuffer.wrap(Listing.bytes(file, MAX_BYTES, what));
    content.order(byteOrder(content)).position(HEADER);
    while (content.hasRemaining()) {
      Element element = element(content, /* padded= */ false);
      if (element.type == COMPRESSED) {
        element = element(inflated(element.data), /* padded= */ false);
      }
      if (element.type == MATRIX) {
        element(element.data, true); // flags, looked at below
        element(element.data, true); // dimensions
        String found =
            StandardCharsets.US_ASCII.decode(element(element.data, true).data).toString();
        if (found.equals(name)) {
          return values(element.data, name);
        }
      }
    }
    throw new DataException("%s: no array '%s' in it".formatted(file, name));
  }

  private ByteOrder byteOrder(ByteBuffer content) {
    if (content.limit() >= HEADER) {
      String mark = StandardCharsets.US_ASCII.decode(content.slice(HEADER - 2, 2)).toString();
      if (mark.equals("IM") && content.get(HEADER - 3) == 1) {
        return ByteOrder.LITTLE_ENDIAN;
      } else if (mark.equals("MI") && content.get(HEADER - 4) == 1) {
        return ByteOrder.BIG_ENDIAN;
      }
    }
    throw new DataException(file + ": not a MATLAB file of version 5 to 7.2");
  }

  /** Takes the next piece; inside an array they begin at multiples of eight bytes. */
  private Element element(ByteBuffer from, boolean padded) {
    int type = from.getInt();
    int small = type >>> 16; // a length in the upper half: the data is in the tag's other word
    int length = small > 0 ? small : from.getInt();
    if (length < 0 || length > from.remaining()) {
      throw damaged(
          "a length of " + length + " where " + from.remaining() + " bytes are left", null);
    }
    ByteBuffer data = from.slice(from.position(), length).order(from.order());
    int rest = small > 0 ? Integer.BYTES : padded ? (length + 7) / 8 * 8 : length;
    from.position(Math.min(from.limit(), from.position() + rest));
    return new Element(type & 0xffff, data);
  }

  private ByteBuffer inflated(ByteBuffer packed) {
    byte[] bytes = new byte[packed.remaining()];
    packed.get(bytes);
    try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(bytes))) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new DataException(
            "%s: an array of more than %d bytes in %s".formatted(file, MAX_BYTES, what));
      }
      return ByteBuffer.wrap(content).order(packed.order());
    } catch (IOException e) {
      throw damaged("a compressed array cannot be unpacked", e);
    }
  }

  private int[] values(ByteBuffer matrix, String name) {
    ByteBuffer start = matrix.duplicate().order(matrix.order()).rewind();
    int flags = element(start, true).data.getInt();
    int kind = flags & 0xff;
    if (kind < FIRST_NUMERIC || kind > LAST_NUMERIC || (flags & COMPLEX) != 0) {
      throw new DataException("%s: '%s' is no array of real numbers".formatted(file, name));
    }
    Element numbers = element(matrix, true);
    int[] values = new int[numbers.data.remaining() / width(numbers.type)];
    for (int i = 0; i < values.length; i++) {
      double value = next(numbers);
      values[i] = (int) value;
      if (values[i] != value) {
        throw new DataException(
            "%s: '%s' holds %s; expected whole numbers".formatted(file, name, value));
      }
    }
    return values;
  }

  /** Bytes of a number of a data type, miINT8 to miUINT64. */
  private int width(int type) {
    return switch (type) {
      case 1, 2 -> 1;
      case 3, 4 -> 2;
      case 5, 6, 7 -> 4;
      case 9, 12, 13 -> 8;
      default -> throw damaged("numbers of type " + type, null);
    };
  }

  /** Whatever an array is declared as, MATLAB stores it in the smallest type that holds it. */
  private static double next(Element numbers) {
    ByteBuffer data = numbers.data;
    return switch (numbers.type) {
      case 1 -> data.get();
      case 2 -> data.get() & 0xff;
      case 3 -> data.getShort();
      case 4 -> data.getShort() & 0xffff;
      case 5 -> data.getInt();
      case 6 -> data.getInt() & 0xffffffffL;
      case 7 -> data.getFloat();
      case 9 -> data.getDouble();
      default -> data.getLong();
    };
  }

  private DataException damaged(String how, Exception cause) {
    return new DataException("%s: a damaged MATLAB file: %s".formatted(file, how), cause);
  }
}
