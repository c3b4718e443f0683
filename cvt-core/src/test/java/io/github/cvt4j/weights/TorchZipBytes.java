package io.github.cvt4j.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** Writes zip files as PyTorch does, and such as it never would. */
final class TorchZipBytes {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
  private int entries;

  /** An archive of that pickle and one storage, {@code data/0}. */
  static TorchZipBytes archive(byte[] pickle, byte[] storage) {
    return new TorchZipBytes().stored("a/data.pkl", pickle).stored("a/data/0", storage);
  }

  TorchZipBytes stored(String name, byte[] content) {
    int offset = local(name, content);
    central(name, 0, crc(content), content.length, offset, new byte[0]);
    return this;
  }

  /** With lengths and place in the 64-bit extra field. */
  TorchZipBytes wide(String name, byte[] content) {
    int offset = local(name, content);
    byte[] extra =
        little(28)
            .putShort((short) 1)
            .putShort((short) 24)
            .putLong(content.length)
            .putLong(content.length)
            .putLong(offset)
            .array();
    central(name, 0, crc(content), -1, -1, extra);
    return this;
  }

  /** An entry of the directory that points to an earlier one's bytes. */
  TorchZipBytes alias(String name, byte[] content, int offset) {
    central(name, 0, crc(content), content.length, offset, new byte[0]);
    return this;
  }

  /** An entry that says it is compressed by that method. */
  TorchZipBytes method(String name, byte[] content, int method) {
    int offset = local(name, content);
    central(name, method, crc(content), content.length, offset, new byte[0]);
    return this;
  }

  byte[] end() {
    return end(entries);
  }

  /** The archive, whose end claims that many entries. */
  byte[] end(int claimed) {
    int start = out.size();
    out.writeBytes(directory.toByteArray());
    out.writeBytes(
        little(22)
            .putInt(0x06054b50)
            .putInt(0)
            .putShort((short) claimed)
            .putShort((short) claimed)
            .putInt(directory.size())
            .putInt(start)
            .array());
    return out.toByteArray();
  }

  /** The archive with 64-bit end records, for counts above 65,535. */
  byte[] wideEnd() {
    int start = out.size();
    out.writeBytes(directory.toByteArray());
    int record = out.size();
    out.writeBytes(
        little(56)
            .putInt(0x06064b50)
            .putLong(44)
            .putInt(0)
            .putInt(0)
            .putInt(0)
            .putLong(entries)
            .putLong(entries)
            .putLong(directory.size())
            .putLong(start)
            .array());
    out.writeBytes(little(20).putInt(0x07064b50).putInt(0).putLong(record).putInt(1).array());
    out.writeBytes(little(22).putInt(0x06054b50).putInt(0).putLong(-1).putInt(-1).array());
    return out.toByteArray();
  }

  private int local(String name, byte[] content) {
    int offset = out.size();
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    out.writeBytes(little(30).putInt(0x04034b50).putShort(26, (short) text.length).array());
    out.writeBytes(text);
    out.writeBytes(content);
    return offset;
  }

  private void central(String name, int method, int crc, int length, int offset, byte[] extra) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    directory.writeBytes(
        little(46)
            .putInt(0x02014b50)
            .putShort(10, (short) method)
            .putInt(16, crc)
            .putInt(20, length)
            .putInt(24, length)
            .putShort(28, (short) text.length)
            .putShort(30, (short) extra.length)
            .putInt(42, offset)
            .array());
    directory.writeBytes(text);
    directory.writeBytes(extra);
    entries++;
  }

  private static int crc(byte[] content) {
    CRC32 crc = new CRC32();
    crc.update(content);
    return (int) crc.getValue();
  }

  private static ByteBuffer little(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
